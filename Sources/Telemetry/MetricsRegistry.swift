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
        let append: @Sendable (_ text: inout Exposition) -> Void
    }

    private let entries = Mutex<[String: Entry]>([:])

    package init() {}

    /// - Parameter name: Snake case, with its unit, ending in `_total`: `hub_rows_written_total`.
    package func counter(_ name: String, help: String) -> Counter { single(name, help) { Counter() } }

    package func gauge(_ name: String, help: String) -> Gauge { single(name, help) { Gauge() } }

    /// A gauge that is read when the metrics are rendered.
    package func gauge(_ name: String, help: String, read: @escaping @Sendable () -> Double) {
        computed(name, help, "gauge", []) { [("", read())] }
    }

    /// Gauges that are read when the metrics are rendered, one for each combination of values.
    ///
    /// - Parameter read: Gives a bounded number of combinations, each with one value for each label.
    package func gauges(
        _ name: String, help: String, labels: [String], read: @escaping @Sendable () -> [([String], Double)]
    ) {
        computed(name, help, "gauge", labels) {
            read().map { (Exposition.labels(labels, $0.0), $0.1) }
        }
    }

    /// A counter that is read when the metrics are rendered.
    package func counter(_ name: String, help: String, read: @escaping @Sendable () -> Double) {
        computed(name, help, "counter", []) { [("", read())] }
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

    /// Everything, by name.
    package func render(as format: MetricsFormat = .prometheus) -> String {
        let all = entries.withLock { $0 }.sorted { $0.key < $1.key }
        var text = Exposition(format)
        for (name, entry) in all {
            text.family(name, kind: entry.kind, help: entry.help)
            entry.append(&text)
        }
        text.end()
        return text.text
    }

    /// The names of all metrics, in order.
    package var names: [String] { entries.withLock { $0.keys.sorted() } }

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
                        series.append(to: &text, name: name, labels: Exposition.labels(labels, values))
                    }
                }
            )
        }
    }

    private func computed(
        _ name: String, _ help: String, _ kind: String, _ labels: [String],
        read: @escaping @Sendable () -> [(labels: String, value: Double)]
    ) {
        _ = register(name, help, kind, labels: labels) {
            let metric = Computed(kind: kind, read: read)
            return (metric, { text in metric.append(to: &text, name: name) })
        }
    }

    private func register<M: Sendable>(
        _ name: String, _ help: String, _ kind: String, labels: [String],
        _ make: () -> (M, @Sendable (inout Exposition) -> Void)
    ) -> M {
        precondition(isSnakeCase(name), "a metric's name is in snake case")
        precondition((kind == "counter") == name.hasSuffix("_total"), "a counter, and nothing else, ends in _total")
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
