import Measuring

/// What one rate did to the hub.
struct CeilingReport: Sendable {
    /// How things stood at a moment.
    struct Sample: Sendable {
        /// ``MonotonicTime``.
        var moment: UInt64
        /// Messages that were due by the timetable, whether or not this program got round to sending them.
        var due: Int
        /// Since the step began.
        var acknowledged: Int
        /// What the hub counts, if it does: messages committed, messages that wait for it, and commits.
        var stored: Double?
        var held: Double?
        var batches: Double?
        var hub: ProcessUsage?
        var postgres: ProcessUsage?
        var own: ProcessUsage?

        /// Messages that were due and not acknowledged.
        var backlog: Int { due - acknowledged }
    }

    let settings: ChatSettings
    let rate: Double
    /// Once a second, from the beginning of the measurement to its end.
    let samples: [Sample]
    /// Whether it was ended early, because the backlog had become too long.
    let wasEnded: Bool
    /// Whether everything was acknowledged in the end.
    let isEmptied: Bool
    let tally: ChatTally

    var seconds: Double {
        guard let first = samples.first, let last = samples.last, last.moment > first.moment else { return 1 }
        return Double(last.moment - first.moment) / 1e9
    }

    /// Whether the backlog did not grow: over the last third it was, on average, not larger than over the first by more
    /// than what comes within a fifth of a second, and everything that was due was acknowledged.
    var isSteady: Bool {
        guard samples.count >= 3, isEmptied, !wasEnded, tally.faults.isEmpty else { return false }
        let third = samples.count / 3
        return CeilingReport.mean(samples.suffix(third)) - CeilingReport.mean(samples.prefix(third)) <= rate / 5
    }

    private static func mean(_ samples: ArraySlice<Sample>) -> Double {
        samples.isEmpty ? 0 : Double(samples.reduce(0) { $0 + $1.backlog }) / Double(samples.count)
    }

    var lines: [String] {
        guard let first = samples.first, let last = samples.last else { return ["nothing was seen"] }
        func rate(_ value: KeyPath<Sample, Double?>) -> Double? {
            guard let start = first[keyPath: value], let end = last[keyPath: value] else { return nil }
            return (end - start) / seconds
        }
        var lines = [
            "\(Figures.grouped(Int(self.rate))) messages/s through \(Figures.grouped(settings.conversations)) "
                + "conversations of \(settings.members) for \(Figures.decimal(seconds, 0)) s: "
                + (isSteady ? "the backlog does not grow" : "too many"),
            "  acknowledged \(Figures.grouped(Int(Double(last.acknowledged - first.acknowledged) / seconds)))/s, "
                + "delivered live \(Figures.grouped(tally.live)); waiting: \(Figures.grouped(first.backlog)) at first, "
                + "\(Figures.grouped(last.backlog)) at the end, \(Figures.grouped(samples.map(\.backlog).max() ?? 0)) at most",
            "  ack, first sixth  \(Figures.percentiles(tally.ack[0]))",
            "  ack, last sixth   \(Figures.percentiles(tally.ack[2]))",
            "  delivery          \(Figures.percentiles(tally.delivery))",
            "  send lag          \(Figures.percentiles(tally.lag))",
        ]
        if let stored = rate(\.stored), let batches = rate(\.batches), batches > 0 {
            lines.append(
                "  Postgres: \(Figures.decimal(batches, 0)) commits/s of \(Figures.decimal(stored / batches, 1)) messages; "
                    + "in the hub's queue \(Int(first.held ?? 0)) at first, \(Int(last.held ?? 0)) at the end, "
                    + "\(Int(samples.compactMap(\.held).max() ?? 0)) at most")
        }
        var cpu: [String] = []
        for (name, usage) in [
            ("hub", \Sample.hub), ("Postgres", \.postgres), ("this program", \.own),
        ] as [(String, KeyPath<Sample, ProcessUsage?>)] {
            guard let start = first[keyPath: usage], let end = last[keyPath: usage] else { continue }
            cpu.append("\(name) \(Figures.decimal((end.cpuSeconds - start.cpuSeconds) / seconds * 100, 0)) %")
        }
        lines.append("  of a core: \(cpu.joined(separator: ", "))")
        if !tally.refusals.isEmpty { lines.append("  refused \(Figures.counts(tally.refusals)), all sent again") }
        if !tally.ended.isEmpty { lines.append("  connections ended: \(Figures.counts(tally.ended))") }
        for (fault, count) in tally.faults { lines.append("  WRONG \(Figures.grouped(count)) \(fault.description)") }
        if !isEmptied { lines.append("  WRONG not everything was acknowledged within two minutes") }
        return lines
    }
}
