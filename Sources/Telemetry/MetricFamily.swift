internal import Synchronization

/// One metric for each combination of label values, as many as the limit allows; all further combinations share one
/// whose values are all `other`, so that nobody outside can make the hub keep series without end.
package final class MetricFamily<Series: Sendable>: Sendable {
    let labels: [String]
    private let limit: Int
    private let make: @Sendable () -> Series
    private let series = Mutex<[[String]: Series]>([:])

    init(labels: [String], limit: Int, make: @escaping @Sendable () -> Series) {
        self.labels = labels
        self.limit = limit
        self.make = make
    }

    /// The series of these values, one for each label in the labels' order. It takes a lock: keep what it gives where
    /// the values are constant.
    package func with(_ values: String...) -> Series {
        precondition(values.count == labels.count, "one value for each label")
        return series.withLock { series in
            if let known = series[values] { return known }
            let key = series.count < limit ? values : labels.map { _ in "other" }
            if let known = series[key] { return known }
            let fresh = make()
            series[key] = fresh
            return fresh
        }
    }

    /// All series with their values, in the order of these.
    var all: [(values: [String], series: Series)] {
        series.withLock { $0.map { (values: $0.key, series: $0.value) } }
            .sorted { $0.values.lexicographicallyPrecedes($1.values) }
    }
}
