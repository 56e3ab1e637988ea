/// What a service tells its manager: one datagram of `NAME=VALUE` lines (sd_notify(3)).
package enum ServiceMessage: Equatable, Sendable {
    /// It serves; also said when a reload is over.
    case ready(status: String)
    /// It takes its configuration over; ``ready(status:)`` must follow.
    ///
    /// - Parameter monotonicMicroseconds: `CLOCK_MONOTONIC` at that moment, by which the manager tells two reloads apart.
    case reloading(monotonicMicroseconds: UInt64)
    case stopping(status: String)
    /// One line for `systemctl status`.
    case status(String)
    /// A sign of life, due within `WATCHDOG_USEC` of the one before.
    case alive

    /// The datagram's text.
    package var text: String {
        switch self {
        case .ready(let status): "READY=1\nSTATUS=\(ServiceMessage.line(status))"
        case .reloading(let time): "RELOADING=1\nMONOTONIC_USEC=\(time)\nSTATUS=Reloading"
        case .stopping(let status): "STOPPING=1\nSTATUS=\(ServiceMessage.line(status))"
        case .status(let status): "STATUS=\(ServiceMessage.line(status))"
        case .alive: "WATCHDOG=1"
        }
    }

    /// A line break in a status would begin another assignment.
    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}
