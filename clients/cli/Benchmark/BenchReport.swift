import Measuring
import TerminalText

/// What a measurement found, for people and for programs.
struct BenchReport: Hashable, Sendable {
    var settings: BenchSettings
    var tally: BenchTally
    /// CPU seconds within the measurement, where a process was named.
    var hubCPU: Double?
    var postgresCPU: Double?
    var ownCPU: Double?
    var hubResidentBytes: Int?
    /// Of the measurement.
    var seconds: Double

    /// Fixes that each other member could have received and that a newer one took the place of.
    var conflated: Int {
        let expected = settings.watches ? tally.messages * (settings.devices - 1) : 0
        return max(0, expected - Int(tally.fanout.count))
    }

    var hubCPUPerMillion: Double? { perMillion(hubCPU) }

    private func perMillion(_ seconds: Double?) -> Double? {
        guard let seconds, tally.deliveries > 0 else { return nil }
        return seconds / Double(tally.deliveries) * 1_000_000
    }

    var isSound: Bool { tally.lost == 0 && tally.acknowledged >= tally.messages && tally.errors.isEmpty }

    var lines: [String] {
        var lines = [heading]
        lines.append(
            "sent      \(Quantity.grouped(tally.fixes)) fixes in \(Quantity.grouped(tally.messages)) messages "
                + "(\(rate(tally.fixes)) fixes/s), \(Quantity.grouped(tally.acknowledged)) acknowledged")
        if tally.lag.count > 0 { lines.append("send lag  \(percentiles(tally.lag))") }
        lines.append("ack       \(percentiles(tally.ack))")
        if settings.watches {
            lines.append("fan-out   \(percentiles(tally.fanout))")
            lines.append(
                "received  \(Quantity.grouped(tally.deliveries)) positions (\(rate(tally.deliveries))/s) in "
                    + "\(Quantity.grouped(tally.frames)) frames (\(rate(tally.frames))/s), "
                    + "\(Quantity.grouped(conflated)) not sent because a newer one was")
        }
        if let hubCPU {
            let each = hubCPUPerMillion.map { ", \(Quantity.decimal($0, 2)) s per million positions received" } ?? ""
            let share = Quantity.decimal(hubCPU / seconds * 100, 0)
            lines.append("hub CPU   \(Quantity.decimal(hubCPU, 2)) s (\(share)% of a core)\(each)")
        }
        if let hubResidentBytes {
            lines.append("hub RSS   \(Quantity.decimal(Double(hubResidentBytes) / 1_048_576, 1)) MiB")
        }
        if let postgresCPU {
            lines.append(
                "postgres  \(Quantity.decimal(postgresCPU, 2)) s CPU (\(Quantity.decimal(postgresCPU / seconds * 100, 0))% of a core)"
            )
        }
        if let ownCPU {
            lines.append(
                "bench     \(Quantity.decimal(ownCPU, 2)) s CPU (\(Quantity.decimal(ownCPU / seconds * 100, 0))% of a core)"
            )
        }
        for (code, count) in tally.errors.sorted(by: { $0.key < $1.key }) {
            lines.append("refused   \(Quantity.grouped(count)) messages: \(code)")
        }
        if tally.lost > 0 {
            lines.append("lost      \(tally.lost) connections: \(tally.lossReason ?? "for no reason told")")
        }
        return lines
    }

    private var heading: String {
        let load =
            switch settings.pressure {
            case .open(let rate): "open loop, \(Quantity.decimal(rate, rate < 10 ? 2 : 0)) fixes/s a device"
            case .closed(let window): "closed loop, \(window) messages on their way a device"
            }
        let batch = settings.batch > 1 ? ", \(settings.batch) fixes a message" : ""
        let burst = settings.burst > 1 ? ", \(settings.burst) messages at a time" : ""
        return "\(settings.groups) groups of \(settings.devices), \(load)\(batch)\(burst), "
            + "\(Quantity.decimal(seconds, 0)) s after \(settings.warmup.components.seconds) s of warm-up"
    }

    private func rate(_ count: Int) -> String { Quantity.grouped(Int((Double(count) / seconds).rounded())) }

    private func percentiles(_ histogram: LatencyHistogram) -> String {
        [("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9)]
            .map { "\($0.0) \(Quantity.latency(histogram.percentile($0.1)))" }
            .joined(separator: "  ") + "  max \(Quantity.latency(histogram.maximum))"
    }

    /// - Parameter withBuckets: Whether whole histograms are given, by which runs of several processes are added up.
    func json(withBuckets: Bool) -> JSONText {
        var pressure: [(String, JSONText)] =
            switch settings.pressure {
            case .open(let rate): [("loop", .string("open")), ("rate", .number(rate))]
            case .closed(let window): [("loop", .string("closed")), ("window", .integer(window))]
            }
        pressure = [("groups", .integer(settings.groups)), ("devices", .integer(settings.devices))] + pressure
        pressure += [
            ("batch", .integer(settings.batch)), ("burst", .integer(settings.burst)), ("seconds", .number(seconds)),
            ("loops", .integer(settings.loops)), ("seed", .integer(Int(settings.seed))),
        ]
        func histogram(_ histogram: LatencyHistogram) -> JSONText {
            var members: [(String, JSONText)] = [("count", .integer(Int(histogram.count)))]
            for (name, percent) in [("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9)] {
                members.append((name, .integer(Int(histogram.percentile(percent)))))
            }
            members.append(("max", .integer(Int(histogram.maximum))))
            members.append(("mean", .number((histogram.mean * 10).rounded() / 10)))
            if withBuckets {
                let buckets = histogram.buckets.map {
                    JSONText.array([.integer(Int($0.value)), .integer(Int($0.count))])
                }
                members.append(("buckets", .array(buckets)))
            }
            return .object(members)
        }
        func number(_ value: Double?) -> JSONText {
            .optional(value.map { .number(($0 * 1000).rounded() / 1000) })
        }
        return .object([
            ("load", .object(pressure)), ("messages", .integer(tally.messages)), ("fixes", .integer(tally.fixes)),
            ("acked", .integer(tally.acknowledged)), ("deliveries", .integer(tally.deliveries)),
            ("frames", .integer(tally.frames)), ("receivedBytes", .integer(tally.bytes)),
            ("conflated", .integer(conflated)),
            (
                "microseconds",
                .object([
                    ("fanout", histogram(tally.fanout)), ("ack", histogram(tally.ack)),
                    ("sendLag", histogram(tally.lag)),
                ])
            ),
            (
                "cpuSeconds",
                .object([
                    ("hub", number(hubCPU)), ("postgres", number(postgresCPU)), ("bench", number(ownCPU)),
                    ("hubPerMillionDeliveries", number(hubCPUPerMillion)),
                ])
            ),
            ("hubResidentBytes", .optional(hubResidentBytes.map { .integer($0) })),
            ("errors", .object(tally.errors.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
            ("lostConnections", .integer(tally.lost)),
        ])
    }
}
