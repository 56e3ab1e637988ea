internal import Model

/// The name that a person is found by: 3 to 30 letters and digits of ASCII, `_`, `.` and `-`, with a letter or a digit at
/// both ends. ASCII alone, because a name is typed by others, who must not be led to somebody whose letters look the same.
struct Username: Hashable, Sendable {
    /// As chosen.
    let text: String
    /// In lower case: two people cannot differ in case alone.
    let key: String

    /// Nothing for what is no name.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (3...30).contains(bytes.count), bytes.allSatisfy(Username.isAllowed), let first = bytes.first,
            let last = bytes.last, Username.isLetterOrDigit(first), Username.isLetterOrDigit(last)
        else { return nil }
        self.text = text
        key = text.lowercased()
    }

    private static func isAllowed(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) || "_.-".utf8.contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: false
        }
    }

    /// For `details` of a problem.
    static let rule = "must be 3 to 30 letters, digits, '_', '.' or '-', with a letter or digit at both ends"
}
