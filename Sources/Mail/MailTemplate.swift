/// A text with places to fill: `{{name}}`. Knows nothing else, so that nobody's name can make it do something.
package struct MailTemplate: Hashable, Sendable {
    package enum Escaping: Sendable {
        case none
        /// For HTML, within an element and within an attribute in double quotes.
        case html
    }

    private enum Part: Hashable {
        case text(String)
        case place(String)
    }

    private let parts: [Part]

    /// - Throws: What is wrong with the template, in one line.
    package init(_ text: String, places: Set<String>) throws(MailTemplateError) {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            parts.append(.text(String(rest[..<open.lowerBound])))
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { throw .unclosed }
            let name = rest[open.upperBound..<close.lowerBound].filter { $0 != " " }
            guard places.contains(name) else { throw .unknownPlace(String(name.prefix(40))) }
            parts.append(.place(name))
            rest = rest[close.upperBound...]
        }
        parts.append(.text(String(rest)))
        self.parts = parts
    }

    /// The text with the places filled. A place without a value is empty; a value is never looked at for places.
    package func filled(with values: [String: String], escaping: Escaping = .none) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .text(let own): text += own
            case .place(let name):
                let value = values[name] ?? ""
                text += escaping == .html ? MailTemplate.escaped(value) : value
            }
        }
    }

    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

/// What is wrong with a template.
package enum MailTemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `{{` without `}}`.
    case unclosed
    /// A place that this mail does not fill.
    case unknownPlace(String)

    package var description: String {
        switch self {
        case .unclosed: "has {{ without }}"
        case .unknownPlace(let name): "has a place {{\(name)}}, which this mail does not fill"
        }
    }
}
