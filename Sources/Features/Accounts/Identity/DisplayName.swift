internal import Model

/// What others see a person called: 1 to 50 characters of any script.
struct DisplayName: Hashable, Sendable {
    /// Composed (form C), without white space around it, on one line.
    let text: String

    /// Nothing for what is no name: no control characters, nothing that reorders text or cannot be seen. The joiners that
    /// scripts and emoji need, and the selectors of emoji, are kept beside what can be seen.
    init?(_ typed: String) {
        guard typed.utf8.count <= 1_024 else { return nil }
        let text = typed.trimmed.composed
        let scalars = text.unicodeScalars
        guard (1...50).contains(scalars.count) else { return nil }
        let isSound = scalars.allSatisfy { DisplayName.isJoiner($0) || !$0.isInvisibleControl }
        guard isSound, scalars.contains(where: { !DisplayName.isJoiner($0) && !$0.properties.isWhitespace }) else {
            return nil
        }
        self.text = text
    }

    private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C, 0x200D, 0xFE0E, 0xFE0F: true
        default: false
        }
    }

    /// For `details` of a problem.
    static let rule = "must be 1 to 50 characters, none of them a control or invisible character"
}
