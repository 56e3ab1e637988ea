/// A first-level part of a country, or the finest that the map has.
package struct Region: Hashable, Sendable {
    /// ISO 3166-2: the country's code, a hyphen, and one to three capitals and digits.
    package let code: String
    /// The code of the country it is in: that of its own code's first letters, except where the part has a country's code as
    /// well. `FR-974` is in `RE`.
    package let country: String
    /// As people there call it; at most 200 bytes.
    package let name: String
    /// The region that this one is part of, by code, if ISO 3166-2 says so: `FR-IDF` of `FR-75`.
    package let parent: String?

    package init(code: String, country: String, name: String, parent: String? = nil) {
        self.code = code
        self.country = country
        self.name = name
        self.parent = parent
    }

    package static func isCode(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (4...6).contains(bytes.count) && bytes[2] == UInt8(ascii: "-")
            && bytes[..<2].allSatisfy { (65...90).contains($0) }
            && bytes[3...].allSatisfy { (65...90).contains($0) || (48...57).contains($0) }
    }
}
