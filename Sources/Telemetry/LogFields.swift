/// The fields of an event in their order, written as a dictionary: `["port": 8080, "host": .string(host)]`.
///
/// Keys are constants in snake case. Debug builds trap on a key that names what must never be logged (a position, a
/// secret) or that every line has already.
package struct LogFields: ExpressibleByDictionaryLiteral, Sendable {
    private(set) var entries: [(key: StaticString, value: LogValue)]

    package init(dictionaryLiteral elements: (StaticString, LogValue)...) {
        for (key, _) in elements { LogFields.check(key) }
        entries = elements.map { (key: $0.0, value: $0.1) }
    }

    package mutating func append(_ key: StaticString, _ value: LogValue) {
        LogFields.check(key)
        entries.append((key, value))
    }

    mutating func append(contentsOf other: LogFields) { entries += other.entries }

    private static func check(_ key: StaticString) {
        assert(!forbidden.contains(key.description), "\(key) is never logged, or is a name every line has already")
        assert(isSnakeCase(key.description), "\(key) is not in snake case")
    }

    static let forbidden: Set<String> = [
        "time", "level", "message", "component",
        "lat", "latitude", "lon", "lng", "longitude", "altitude", "bearing", "position", "location", "fix", "point",
        "password", "secret", "token", "ticket", "authorization", "api_key", "key", "cookie", "body", "database_url",
    ]
}
