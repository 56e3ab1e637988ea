/// How much an event matters; a logger writes those at its level and above.
package enum LogLevel: UInt8, CaseIterable, Comparable, Sendable {
    /// Every message and every row; for one connection on a developer's machine.
    case trace
    /// What a developer needs to follow a request.
    case debug
    /// What an operator wants to have seen: starts, stops, reloads, jobs done.
    case info
    /// Something was refused, retried or slow; the hub coped.
    case warning
    /// Something was lost or failed for a client; somebody should look.
    case error

    /// `trace`, `debug`, `info`, `warning` (also `warn`) or `error`; nothing for any other text.
    package init?(_ name: String) {
        let known = name == "warn" ? "warning" : name
        guard let level = LogLevel.allCases.first(where: { $0.name == known }) else { return nil }
        self = level
    }

    package var name: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
