/// The query of a request's target: `name=value` pairs joined by `&`, decoded when they are asked for.
package struct Query: Hashable, Sendable {
    /// As it was sent, without the `?`.
    package let raw: String

    package init(_ raw: String) { self.raw = raw }

    /// The first value of `name`, decoded; empty for a name without `=`.
    package subscript(name: String) -> String? {
        for pair in raw.utf8.split(separator: UInt8(ascii: "&")) {
            let (key, value) = Query.parts(of: pair)
            if key.elementsEqual(name.utf8) || Query.decode(key) == name { return Query.decode(value) }
        }
        return nil
    }

    /// All values of `name`, decoded, in order.
    package func values(of name: String) -> [String] {
        items.compactMap { $0.name == name ? $0.value : nil }
    }

    /// All pairs, decoded, in order. The server has refused a query whose escapes are malformed or not UTF-8.
    package var items: [(name: String, value: String)] {
        raw.utf8.split(separator: UInt8(ascii: "&")).compactMap { pair in
            let (key, value) = Query.parts(of: pair)
            guard let name = Query.decode(key), let value = Query.decode(value) else { return nil }
            return (name, value)
        }
    }

    package var isEmpty: Bool { raw.isEmpty }

    private static func parts(of pair: Substring.UTF8View) -> (name: Substring.UTF8View, value: Substring.UTF8View) {
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return (pair, pair.suffix(0)) }
        return (pair[..<equals], pair[pair.index(after: equals)...])
    }

    private static func decode(_ bytes: Substring.UTF8View) -> String? {
        PercentCoding.decode(bytes, plusIsSpace: true)
    }
}
