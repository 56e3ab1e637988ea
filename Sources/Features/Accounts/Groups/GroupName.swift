/// A name that people give a group: of one line, without spaces around it, and without what would turn the text around it
/// about.
struct GroupName: Hashable, Sendable {
    let text: String

    /// - Parameter lengths: In Unicode scalars, after trimming.
    init?(_ written: String, lengths: ClosedRange<Int> = PeopleLimits().groupName) {
        let scalars = written.unicodeScalars
        guard !scalars.contains(where: GroupName.isRefused) else { return nil }
        let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
        let end = scalars.lastIndex { !$0.properties.isWhitespace }.map(scalars.index(after:)) ?? start
        let trimmed = String(scalars[start..<end])
        guard lengths.contains(trimmed.unicodeScalars.count) else { return nil }
        text = trimmed
    }

    static let rule = "must be 1 to 100 characters, and none that controls others"

    /// Control characters, separators of lines and paragraphs, and the formatting of bidirectional text.
    private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
        case .format: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        default: false
        }
    }
}
