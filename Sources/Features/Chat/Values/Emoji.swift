/// What somebody reacts with: one emoji, as one character to the eye.
struct Emoji: Hashable, Sendable {
    /// In UTF-8. Families with skin tones, the longest there are, take 41 bytes.
    static let greatestLength = 64

    let rawValue: String

    /// Nothing for any other text: letters, digits that are not keycaps, several characters, or a character with marks
    /// heaped on it.
    init?(_ text: String) {
        guard text.count == 1, text.utf8.count <= Emoji.greatestLength else { return nil }
        let scalars = text.unicodeScalars
        guard let first = scalars.first, first.properties.isEmoji else { return nil }
        // Digits, # and * are emoji only as keycaps; signs such as © only when they ask to be shown as one.
        let isShown =
            first.properties.isEmojiPresentation
            || scalars.contains { $0 == "\u{FE0F}" || $0 == "\u{20E3}" || $0.properties.isEmojiModifier }
        guard isShown, first.value > 0x7F || scalars.contains("\u{20E3}") else { return nil }
        for scalar in scalars.dropFirst() where !Emoji.joins(scalar) { return nil }
        rawValue = text
    }

    private static func joins(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Joiner, emoji variation, keycap, and the tags of flags.
        case 0x200D, 0xFE0F, 0x20E3, 0xE0020...0xE007F: true
        default: scalar.properties.isEmoji
        }
    }
}
