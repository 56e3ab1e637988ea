package import Telemetry

/// `[logging]`: what is written to the standard error stream.
package struct LoggingConfiguration: Equatable, Sendable {
    package enum Format: String, CaseIterable, Sendable {
        /// Pretty on a terminal, JSON elsewhere.
        case auto
        case json
        case pretty
    }

    package var level = LogLevel.info
    package var format = Format.auto

    package init() {}

    /// How lines look on a standard error stream that is a terminal or not.
    package func lineFormat(terminal: Bool, environment: [String: String]) -> LogFormat {
        switch format {
        case .json: .json
        case .auto: .automatic(terminal: terminal, environment: environment)
        case .pretty where terminal: .automatic(terminal: true, environment: environment)
        case .pretty: .pretty(colour: false)
        }
    }
}
