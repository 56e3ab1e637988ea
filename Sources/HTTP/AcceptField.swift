/// What media types a client takes, as its `Accept` fields say (RFC 9110, section 12.5.1). Ranges that are malformed count
/// for nothing.
package struct AcceptField: Sendable {
    private let ranges: [MediaRange]

    /// - Parameter text: The fields' values, joined by commas.
    package init(_ text: String) { ranges = text.split(separator: ",").compactMap { MediaRange($0) } }

    /// The one of `types` that is weighed most, the earlier of equal ones; nothing if none is taken.
    ///
    /// - Parameter types: In lower case, without parameters.
    package func best(of types: [String]) -> String? {
        var best: (type: String, weight: Int)?
        for type in types {
            let weight = weight(of: type)
            if weight > best?.weight ?? 0 { best = (type, weight) }
        }
        return best?.type
    }

    /// In thousandths, by the most precise range that covers it.
    private func weight(of type: String) -> Int {
        ranges.filter { $0.covers(type) }.max { $0.precision < $1.precision }?.weight ?? 0
    }
}

/// One element of an `Accept` field.
private struct MediaRange {
    let type: String
    let subtype: String
    /// In thousandths.
    let weight: Int

    /// More is more precise.
    var precision: Int { type == "*" ? 0 : subtype == "*" ? 1 : 2 }

    init?(_ text: Substring) {
        let parts = text.split(separator: ";").map { MediaRange.trimmed($0).lowercased() }
        guard let names = parts.first?.split(separator: "/", omittingEmptySubsequences: false), names.count == 2,
            !names[0].isEmpty, !names[1].isEmpty, names[0] != "*" || names[1] == "*"
        else { return nil }
        (type, subtype) = (String(names[0]), String(names[1]))
        guard let weight = parts.dropFirst().first(where: { $0.hasPrefix("q=") }) else {
            self.weight = 1000
            return
        }
        guard let value = MediaRange.thousandths(weight.dropFirst(2)) else { return nil }
        self.weight = value
    }

    func covers(_ mediaType: String) -> Bool {
        let names = mediaType.split(separator: "/")
        return type == "*" || type == names[0] && (subtype == "*" || subtype == names[1])
    }

    /// `0`, `0.5`, `1.000`: at most three decimals, at most 1 (RFC 9110, section 12.4.2).
    private static func thousandths(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0] == "0" || parts[0] == "1" else { return nil }
        let decimals = parts.count == 2 ? parts[1] : ""
        guard decimals.utf8.count <= 3, decimals.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let fraction = Int(decimals + String(repeating: "0", count: 3 - decimals.utf8.count)) ?? 0
        let value = (parts[0] == "1" ? 1000 : 0) + fraction
        return value <= 1000 ? value : nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var rest = text.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }
}
