internal import Wire

extension Schema {
    /// A value that fits, for whoever reads the document and tries a route: the members that are required, or all if none is.
    ///
    /// - Parameters:
    ///   - name: Of the member or parameter, by which a text is chosen that looks like one.
    ///   - schemas: What references mean.
    ///   - depth: Objects around it. A schema that refers to itself ends in `null`.
    func example(of name: String = "", in schemas: [String: Schema], depth: Int = 0) -> JSONValue {
        guard depth < 8 else { return .null }
        switch self {
        case .object(let members):
            let required = members.filter(\.isRequired)
            return .object(
                (required.isEmpty ? members : required).map {
                    .init(name: $0.name, value: $0.schema.example(of: $0.name, in: schemas, depth: depth + 1))
                })
        case .string(let format, let length, _, let values):
            return .string(values.first ?? Schema.text(format, length, name))
        case .number(let minimum, let maximum):
            let value = Schema.numbers[name] ?? 1
            return .number(min(max(value, minimum ?? value), maximum ?? value))
        case .integer(let minimum, let maximum):
            let value = Int(Schema.numbers[name] ?? 1)
            return .integer(Int64(min(max(value, minimum ?? value), maximum ?? value)))
        case .boolean: return .boolean(true)
        case .array(let element, let count):
            let value = element.example(of: Schema.singular(name), in: schemas, depth: depth + 1)
            return .array(Array(repeating: value, count: max(1, count?.lowerBound ?? 1)))
        case .nullable(let schema): return schema.example(of: name, in: schemas, depth: depth)
        case .reference(let reference):
            return schemas[reference]?.example(of: name, in: schemas, depth: depth + 1) ?? .null
        case .oneOf(let alternatives):
            return alternatives.first?.example(of: name, in: schemas, depth: depth) ?? .null
        case .any: return .object([])
        }
    }

    private static func singular(_ name: String) -> String { name.hasSuffix("s") ? String(name.dropLast()) : name }

    private static func text(_ format: String?, _ length: ClosedRange<Int>?, _ name: String) -> String {
        switch format {
        case "uuid": return "0197f3c2-7d1e-7a44-9c1b-2f6a0d3e5b71"
        // Ends lie ahead.
        case "date-time": return ends.contains(name) ? "2099-01-01T00:00:00.000Z" : "2026-11-20T10:30:00.000Z"
        case "date": return "2026-11-20"
        case "email": return "ada@example.org"
        case "uri": return "https://app.example.org/callback"
        default: break
        }
        let text = texts[name] ?? "text"
        guard let length else { return text }
        let padding = String(repeating: "x", count: max(0, length.lowerBound - text.count))
        return String((text + padding).prefix(length.upperBound))
    }

    private static let ends: Set<String> = ["until", "expiresAt", "mutedUntil", "to", "endsAt"]

    private static let numbers: [String: Double] = [
        "latitude": 48.1486, "longitude": 17.1077, "accuracy": 8, "limit": 20,
    ]

    /// What people would write, by the names of members and parameters.
    private static let texts: [String: String] = [
        "email": "ada@example.org", "username": "ada_l", "displayName": "Ada", "name": "Family", "groupId": "family",
        "group": "family", "password": "quiet-Harbour.92", "currentPassword": "quiet-Harbour.92",
        "newPassword": "windy-Lighthouse.37", "text": "On my way", "note": "in a meeting", "emoji": "👍",
        "code": "123456", "totp": "123456", "confirmation": "DELETE", "q": "harbour", "timeZone": "Europe/Berlin",
        "start": "22:00", "end": "07:00", "deviceName": "Ada's phone", "platform": "android", "appVersion": "1.0.0",
        "locale": "en", "userIds": "0197f3c2-7d1e-7a44-9c1b-2f6a0d3e5b71",
    ]
}
