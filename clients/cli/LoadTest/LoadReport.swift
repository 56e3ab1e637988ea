import Measuring
import TerminalText

/// What a load of REST requests found, for people and for programs.
struct LoadReport: Hashable, Sendable {
    /// What was seen of the hub and its Postgres, once a second.
    struct Sample: Hashable, Sendable {
        var hubResidentBytes: Int?
        /// Clients that Postgres serves.
        var databaseConnections: Int?
    }

    var scenario: LoadScenario
    var settings: LoadSettings
    var tally: LoadTally
    /// Within the measurement; empty if no process was named.
    var samples: [Sample]
    /// CPU seconds within the measurement.
    var hubCPU: Double?
    var postgresCPU: Double?
    var ownCPU: Double?

    var isSound: Bool { tally.errors.isEmpty && tally.lost == 0 && tally.answered == tally.sent }

    private var seconds: Double { settings.duration / .seconds(1) }

    private static let percentiles: [(name: String, percent: Double)] = [
        ("p50", 50), ("p95", 95), ("p99", 99), ("p99.9", 99.9),
    ]

    var lines: [String] {
        var lines = [
            "\(scenario.rawValue): \(Quantity.grouped(settings.connections)) connections, "
                + "\(Quantity.decimal(settings.rate, 0)) requests/s for \(Quantity.decimal(seconds, 0)) s after "
                + "\(settings.warmup.components.seconds) s of warm-up",
            "sent      \(Quantity.grouped(tally.sent)) requests, \(Quantity.grouped(tally.answered)) answered; "
                + "send lag p99 \(Quantity.latency(tally.lag.percentile(99)))",
        ]
        for request in LoadScenario.Request.allCases {
            let histogram = tally.latency[request.rawValue]
            let values = LoadReport.percentiles
                .map { "\($0.name) \(Quantity.latency(histogram.percentile($0.percent)))" }
            let name = request.name.padding(to: 20)
            lines.append(
                "\(name) \(Quantity.grouped(Int(histogram.count))) times  \(values.joined(separator: "  "))  "
                    + "max \(Quantity.latency(histogram.maximum))")
        }
        let memory = samples.compactMap(\.hubResidentBytes)
        if let first = memory.first, let last = memory.last, let most = memory.max() {
            func mebibytes(_ bytes: Int) -> String { Quantity.decimal(Double(bytes) / 1_048_576, 1) }
            lines.append(
                "hub RSS   \(mebibytes(first)) MiB at first, \(mebibytes(last)) MiB at the end, \(mebibytes(most)) MiB at most"
            )
        }
        if let most = samples.compactMap(\.databaseConnections).max() {
            lines.append("postgres  \(most) connections at most")
        }
        for (name, cpu) in [("hub", hubCPU), ("postgres", postgresCPU), ("hubctl", ownCPU)] {
            guard let cpu else { continue }
            lines.append("CPU       \(name) \(Quantity.decimal(cpu / seconds * 100, 0)) % of a core")
        }
        for (error, count) in tally.errors.sorted(by: { $0.key < $1.key }) {
            lines.append("failed    \(Quantity.grouped(count)) requests: \(error)")
        }
        if tally.lost > 0 { lines.append("lost      \(tally.lost) connections") }
        return lines
    }

    var json: JSONText {
        func latency(_ histogram: LatencyHistogram) -> JSONText {
            .object(
                [("count", .integer(Int(histogram.count)))]
                    + LoadReport.percentiles.map { ($0.name, .integer(Int(histogram.percentile($0.percent)))) }
                    + [("max", .integer(Int(histogram.maximum)))])
        }
        func number(_ value: Double?) -> JSONText {
            .optional(value.map { .number(($0 * 1000).rounded() / 1000) })
        }
        let memory = samples.compactMap(\.hubResidentBytes)
        return .object([
            ("scenario", .string(scenario.rawValue)), ("connections", .integer(settings.connections)),
            ("rate", .number(settings.rate)), ("seconds", .number(seconds)), ("sent", .integer(tally.sent)),
            ("answered", .integer(tally.answered)),
            (
                "microseconds",
                .object(
                    LoadScenario.Request.allCases.map { ("\($0)", latency(tally.latency[$0.rawValue])) }
                        + [("sendLag", latency(tally.lag))])
            ),
            (
                "hubResidentBytes",
                .object([
                    ("first", .optional(memory.first.map { .integer($0) })),
                    ("last", .optional(memory.last.map { .integer($0) })),
                    ("most", .optional(memory.max().map { .integer($0) })),
                ])
            ),
            ("databaseConnections", .optional(samples.compactMap(\.databaseConnections).max().map { .integer($0) })),
            (
                "cpuSeconds",
                .object([("hub", number(hubCPU)), ("postgres", number(postgresCPU)), ("hubctl", number(ownCPU))])
            ),
            ("errors", .object(tally.errors.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
            ("lostConnections", .integer(tally.lost)),
        ])
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
