/// The text of metrics in one of its forms, as it grows.
///
/// Where the forms differ: OpenMetrics names a counter's family without the `_total` of its sample, tells the unit, has
/// bounds as floating-point numbers, escapes quotes in help and ends with `# EOF`.
struct Exposition {
    private let format: MetricsFormat
    private(set) var text = ""

    init(_ format: MetricsFormat) { self.format = format }

    mutating func family(_ name: String, kind: String, help: String) {
        var family = name[...]
        if format == .openMetrics, kind == "counter" { family = family.dropLast("_total".count) }
        text += "# HELP \(family) \(Exposition.escaped(help, quotes: format == .openMetrics))\n"
        text += "# TYPE \(family) \(kind)\n"
        guard format == .openMetrics, let unit = Exposition.units.first(where: { family.hasSuffix("_\($0)") }) else {
            return
        }
        text += "# UNIT \(family) \(unit)\n"
    }

    mutating func sample(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    mutating func end() { if format == .openMetrics { text += "# EOF\n" } }

    /// The upper bound of a bucket, for its label.
    func bound(_ value: Double) -> String {
        let text = exposition(value)
        let isWhole = format == .openMetrics && text.utf8.allSatisfy { (48...57).contains($0) }
        return isWhole ? text + ".0" : text
    }

    /// The base units that metrics here are named after.
    private static let units = ["seconds", "bytes"]

    static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// `name="value"` pairs.
    static func labels(_ names: [String], _ values: [String]) -> String {
        zip(names, values).map { "\($0)=\"\(escaped($1, quotes: true))\"" }.joined(separator: ",")
    }
}
