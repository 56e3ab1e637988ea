/// A country or a territory with a code of its own.
package struct Country: Hashable, Sendable {
    /// ISO 3166-1 alpha-2, and `XK` for Kosovo: two capitals.
    package let code: String
    /// In English; at most 200 bytes.
    package let name: String

    package init(code: String, name: String) {
        self.code = code
        self.name = name
    }

    package static func isCode(_ text: String) -> Bool {
        text.utf8.count == 2 && text.utf8.allSatisfy { (65...90).contains($0) }
    }
}
