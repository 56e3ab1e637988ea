import TerminalText

/// What there is to tell of devices that stream, beside how many of their fixes are acknowledged.
struct StreamDetails: Hashable, Sendable {
    var sent: Int
    /// Microseconds.
    var p50: UInt64
    var p99: UInt64
    var reconnects: Int
    /// Of `devices`, those that are not finished.
    var connected: Int
    var devices: Int
    var trouble: String?

    /// What matters most first.
    var texts: [String] {
        var texts = [
            "sent \(Quantity.grouped(sent))", "p50 \(Quantity.latency(p50)) p99 \(Quantity.latency(p99))",
            "\(connected)/\(devices) connected",
        ]
        if reconnects > 0 { texts.append("reconnects \(reconnects)") }
        if let trouble { texts.append(PlainText.line(trouble)) }
        return texts
    }
}
