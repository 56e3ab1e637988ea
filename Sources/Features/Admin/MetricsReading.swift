/// The figures of one rendering of the metrics, by name: what this area tells is what `/metrics` shows at that moment.
struct MetricsReading: Sendable {
    private struct Sample: Sendable {
        /// `name="value"` pairs, as they stand in the text.
        let labels: Substring
        let value: Double
    }

    private var samples: [Substring: [Sample]] = [:]

    /// - Parameter text: Prometheus' text format 0.0.4, as ``Telemetry/MetricsRegistry/render(as:)`` writes it.
    init(_ text: String) {
        for line in text.split(separator: "\n") where line.utf8.first != UInt8(ascii: "#") {
            // A label's value may hold spaces; what follows the last one is the sample's value.
            guard let space = line.utf8.lastIndex(of: UInt8(ascii: " ")),
                let value = Double(line[line.utf8.index(after: space)...])
            else { continue }
            let series = line[..<space]
            guard let brace = series.utf8.firstIndex(of: UInt8(ascii: "{")) else {
                samples[series, default: []].append(Sample(labels: "", value: value))
                continue
            }
            let labels = series[series.utf8.index(after: brace)...].dropLast()
            samples[series[..<brace], default: []].append(Sample(labels: labels, value: value))
        }
    }

    /// The sum of a metric's series whose labels hold a pair such as `status="500"`; of all of them if none is named. Zero
    /// of a metric that is none.
    func sum(_ name: String, where pair: String? = nil) -> Double {
        series(name, where: pair).reduce(0) { $0 + $1.value }
    }

    /// As ``sum(_:where:)``, of what is counted.
    func count(_ name: String, where pair: String? = nil) -> Int { MetricsReading.whole(sum(name, where: pair)) }

    /// What a metric's series have of a label, each once, in the order of the text.
    func values(of label: String, in names: String...) -> [String] {
        var found: [String] = []
        for sample in names.flatMap({ samples[$0[...]] ?? [] }) {
            guard let value = MetricsReading.value(of: label, in: sample.labels), !found.contains(value) else {
                continue
            }
            found.append(value)
        }
        return found
    }

    /// A histogram as it is told: how many values fell between a bound and the one before.
    struct Distribution: Equatable, Sendable {
        /// Upper ones, in the metric's unit, ascending; what is not below the last has no bound.
        var bounds: [Double] = []
        /// One more than the bounds, which is what exceeds the last; none at all if there is no such metric.
        var counts: [Int] = []
        var sum = 0.0
    }

    /// - Parameter pair: As of ``sum(_:where:)``; it must leave one series.
    func distribution(_ name: String, where pair: String? = nil) -> Distribution {
        var distribution = Distribution()
        var below = 0
        for sample in series("\(name)_bucket", where: pair) {
            guard let bound = MetricsReading.value(of: "le", in: sample.labels) else { continue }
            let total = MetricsReading.whole(sample.value)
            distribution.counts.append(total - below)
            below = total
            if let bound = Double(bound), bound.isFinite { distribution.bounds.append(bound) }
        }
        distribution.sum = sum("\(name)_sum", where: pair)
        return distribution
    }

    private func series(_ name: String, where pair: String?) -> [Sample] {
        let all = samples[name[...]] ?? []
        guard let pair else { return all }
        return all.filter { ",\($0.labels),".contains(",\(pair),") }
    }

    /// The labels asked for here are numbers, kinds and results, which need no escaping.
    private static func value(of label: String, in labels: Substring) -> String? {
        let all = ",\(labels)"
        guard let start = all.firstRange(of: ",\(label)=\"")?.upperBound,
            let end = all[start...].firstIndex(of: "\"")
        else { return nil }
        return String(all[start..<end])
    }

    /// What is counted is whole, and what could not be read is nothing.
    private static func whole(_ value: Double) -> Int { Int(exactly: value.rounded()) ?? 0 }
}
