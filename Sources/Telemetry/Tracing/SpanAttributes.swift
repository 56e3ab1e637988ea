/// What a span says beside its name and times: constants as keys and few types as values, as in a log line, so that
/// neither a position nor a device gets in by accident.
///
/// Debug builds trap on a key whose last part names what is never told.
package struct SpanAttributes: ExpressibleByDictionaryLiteral, Sendable {
    package private(set) var entries: [(key: StaticString, value: LogValue)] = []

    package init(dictionaryLiteral elements: (StaticString, LogValue)...) {
        for (key, value) in elements { append(key, value) }
    }

    package mutating func append(_ key: StaticString, _ value: LogValue) {
        assert(SpanAttributes.isAllowed(key.description), "\(key) is never told in a trace")
        entries.append((key: key, value: value))
    }

    /// Whether a key's last part, as in `hub.rows`, is none of those that would name a place, a person or a secret.
    static func isAllowed(_ key: String) -> Bool {
        guard let last = key.split(separator: ".").last else { return false }
        return !LogFields.forbidden.contains(String(last)) && !forbidden.contains(String(last))
    }

    private static let forbidden: Set<String> = [
        "device", "device_id", "user", "user_id", "group", "group_id", "session_id", "display_name", "address",
    ]
}
