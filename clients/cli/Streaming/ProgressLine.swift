/// The line a person watches while devices stream.
struct ProgressLine: Hashable, Sendable {
    var sent: Int
    var acknowledged: Int
    /// Unknown without an end.
    var total: Int?
    /// Microseconds.
    var p50: UInt64
    var p99: UInt64
    var reconnects: Int
    /// Of `devices`, those that are not finished.
    var connected: Int
    var devices: Int
    var trouble: String?
    /// Since the first was sent; nothing where that does not matter.
    var elapsed: Duration? = nil

    /// In at most `width` columns; what matters least is left out first.
    func text(width: Int, hasBar: Bool = true) -> String {
        var parts: [String] = []
        if let total {
            let fraction = total == 0 ? 1 : Double(acknowledged) / Double(total)
            if hasBar { parts.append(ProgressBar.text(fraction: fraction, width: 22)) }
            parts.append("acked \(Quantity.grouped(acknowledged))/\(Quantity.grouped(total))")
        } else {
            parts.append("acked \(Quantity.grouped(acknowledged))")
        }
        if let elapsed, let pace = TaskProgress(done: acknowledged, total: total, elapsed: elapsed).pace {
            parts.append(pace)
        }
        parts.append("sent \(Quantity.grouped(sent))")
        parts.append("p50 \(Quantity.latency(p50)) p99 \(Quantity.latency(p99))")
        parts.append("\(connected)/\(devices) connected")
        if reconnects > 0 { parts.append("reconnects \(reconnects)") }
        if let trouble { parts.append(trouble) }
        while parts.count > 1, DisplayWidth.of(parts.joined(separator: "  ")) > width { parts.removeLast() }
        return DisplayWidth.of(parts[0]) > width
            ? DisplayWidth.fitted(parts[0], to: max(0, width)) : parts.joined(separator: "  ")
    }
}
