import Measuring
import TerminalText

/// What a run of devices came to: for the last lines, for `--json`, and for the exit code.
struct StreamSummary: Hashable, Sendable {
    var devices: Int
    var sent: Int
    var acknowledged: Int
    var unacknowledged: Int
    /// All fixes of the tracks; unknown for what has no end.
    var total: Int?
    var rejected: Int
    var repeated: Int
    var reconnects: Int
    var postponed: Int
    var seconds: Double
    /// Microseconds.
    var p50: UInt64
    var p99: UInt64
    var maximum: UInt64
    /// What went wrong, each device's and each reason once.
    var failures: [CommandFailure]
    /// Whether it was stopped before the end of a track.
    var isCutShort: Bool

    /// Reads what `run` has done; on its loop, or when it has ended.
    init(_ run: StreamRun) {
        let statistics = run.statistics
        devices = run.sessions.count
        sent = statistics.sent
        acknowledged = statistics.acknowledged
        unacknowledged = run.sessions.reduce(0) { $0 + $1.openCount }
        total = run.total
        rejected = statistics.rejected
        repeated = statistics.repeated
        reconnects = statistics.reconnects
        postponed = statistics.postponed
        seconds = run.seconds
        p50 = statistics.latency.percentile(50)
        p99 = statistics.latency.percentile(99)
        maximum = statistics.latency.maximum
        failures = []
        isCutShort = false
        for session in run.sessions {
            if case .failed(let failure)? = session.outcome, !failures.contains(failure) { failures.append(failure) }
            if case .stopped? = session.outcome, run.total != nil { isCutShort = true }
            if let rejection = session.rejection {
                let failure = CommandFailure.badData("the hub refused fixes: \(rejection)")
                if !failures.contains(failure) { failures.append(failure) }
            }
        }
    }

    /// 0 only if everything was acknowledged.
    var exitCode: ExitCode {
        failures.first?.code ?? (unacknowledged > 0 || isCutShort ? .tryLater : rejected > 0 ? .badData : .ok)
    }

    var lines: [String] {
        let rate = seconds > 0 ? Double(acknowledged) / seconds : 0
        var lines = [
            "\(devices) \(devices == 1 ? "device" : "devices"), \(Quantity.grouped(acknowledged)) of "
                + "\(Quantity.grouped(total ?? acknowledged + unacknowledged + rejected)) fixes acknowledged in "
                + "\(Quantity.decimal(seconds, 1)) s (\(Quantity.decimal(rate, 0))/s)",
            "ack latency p50 \(Quantity.latency(p50)), p99 \(Quantity.latency(p99)), max \(Quantity.latency(maximum))",
        ]
        if reconnects + repeated + postponed > 0 {
            lines.append("\(reconnects) reconnects, \(repeated) fixes sent again, \(postponed) times asked to wait")
        }
        if rejected > 0 { lines.append("\(rejected) fixes refused by the hub") }
        if unacknowledged > 0 {
            lines.append("\(Quantity.grouped(unacknowledged)) fixes sent or due and not acknowledged")
        }
        if isCutShort { lines.append("stopped before the end of the tracks") }
        return lines
    }

    var json: JSONText {
        .object([
            ("devices", .integer(devices)), ("sent", .integer(sent)), ("acked", .integer(acknowledged)),
            ("unacked", .integer(unacknowledged)), ("total", .optional(total.map { .integer($0) })),
            ("rejected", .integer(rejected)),
            ("resent", .integer(repeated)), ("reconnects", .integer(reconnects)),
            ("postponed", .integer(postponed)), ("seconds", .number((seconds * 1000).rounded() / 1000)),
            (
                "ackLatencyMicroseconds",
                .object([
                    ("p50", .integer(Int(p50))), ("p99", .integer(Int(p99))), ("max", .integer(Int(maximum))),
                ])
            ), ("errors", .array(failures.map { .string($0.message) })),
        ])
    }
}
