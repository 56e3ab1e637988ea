/// How an event is written: always one line.
package enum LogFormat: Equatable, Sendable {
    /// A JSON object with `time`, `level`, `component`, `message` and the fields.
    case json
    /// For people: time of day (UTC), level, message, then `key=value`.
    case pretty(colour: Bool)

    /// Pretty on a terminal, with colour unless `NO_COLOR` is set (no-color.org); JSON everywhere else.
    package static func automatic(terminal: Bool, environment: [String: String]) -> LogFormat {
        guard terminal else { return .json }
        return .pretty(colour: environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb")
    }
}
