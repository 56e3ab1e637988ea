internal import Synchronization

/// All metrics of a process by name, and their text for Prometheus. Any thread may use it.
///
/// Asking twice for one name gives the same metric; asking for it as another kind or with other labels is a mistake of
/// ours and traps.
package final class MetricsRegistry: Sendable {
    private struct Entry {
        let help: String
        let kind: String
        let labels: [String]
        /// The ``Counter``, ``MetricFamily`` or whatever the caller was given.
        let metric: any Sendable
        let append: @Sendable (_ text: inout String) -> Void
    }

    private let entries = Mutex<[String: Entry]>([:])

    package init() {}

    /// - Parameter name: Snake case, with its unit: `hub_rows_written_total`.
    package func counter(_ name: String, help: String) -> Counter { single(name, help) { Counter() } }

    package func gauge(_ name: String, help: String) -> Gauge { single(name, help) { Gauge() } }

    /// A gauge that is read when the metrics are rendered.
    package func gauge(_ name: String, help: String, read: @escaping @Sendable () -> Double) {
        _ = single(name, help) { ComputedGauge(read: read) }
    }

    package func histogram(_ name: String, help: String, buckets: HistogramBuckets) -> Histogram {
        single(name, help) { Histogram(buckets: buckets) }
    }

    /// - Parameter limit: How many combinations of values are kept apart.
    package func counters(
        _ name: String, help: String, labels: [String], limit: Int = 200
    ) -> MetricFamily<Counter> {
        family(name, help, labels, limit) { Counter() }
    }

    package func gauges(_ name: String, help: String, labels: [String], limit: Int = 200) -> MetricFamily<Gauge> {
        family(name, help, labels, limit) { Gauge() }
    }

    package func histograms(
        _ name: String, help: String, labels: [String], buckets: HistogramBuckets, limit: Int = 200
    ) -> MetricFamily<Histogram> {
        family(name, help, labels, limit) { Histogram(buckets: buckets) }
    }

    /// Everything in Prometheus' text format 0.0.4, by name.
    package func render() -> String {
        let all = entries.withLock { $0 }.sorted { $0.key < $1.key }
        var text = ""
        for (name, entry) in all {
            text += "# HELP \(name) \(escaped(entry.help, quotes: false))\n# TYPE \(name) \(entry.kind)\n"
            entry.append(&text)
        }
        return text
    }

    private func single<M: Metric>(_ name: String, _ help: String, _ make: @Sendable () -> M) -> M {
        register(name, help, M.kind, labels: []) {
            let metric = make()
            return (metric, { text in metric.append(to: &text, name: name, labels: "") })
        }
    }

    private func family<M: Metric>(
        _ name: String, _ help: String, _ labels: [String], _ limit: Int, _ make: @escaping @Sendable () -> M
    ) -> MetricFamily<M> {
        precondition(!labels.isEmpty && labels.allSatisfy(isSnakeCase), "a family has labels, in snake case")
        return register(name, help, M.kind, labels: labels) {
            let family = MetricFamily(labels: labels, limit: limit, make: make)
            return (
                family,
                { text in
                    for (values, series) in family.all {
                        let pairs = zip(labels, values).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
                        series.append(to: &text, name: name, labels: pairs.joined(separator: ","))
                    }
                }
            )
        }
    }

    private func register<M: Sendable>(
        _ name: String, _ help: String, _ kind: String, labels: [String],
        _ make: () -> (M, @Sendable (inout String) -> Void)
    ) -> M {
        precondition(isSnakeCase(name), "a metric's name is in snake case")
        return entries.withLock { entries in
            if let known = entries[name] {
                guard let metric = known.metric as? M, known.labels == labels else {
                    preconditionFailure("\(name) is registered as another metric")
                }
                return metric
            }
            let (metric, append) = make()
            entries[name] = Entry(help: help, kind: kind, labels: labels, metric: metric, append: append)
            return metric
        }
    }
}

private func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for character in text.unicodeScalars {
        switch character {
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\"" where quotes: result += "\\\""
        default: result.unicodeScalars.append(character)
        }
    }
    return result
}
