internal import Synchronization

/// How often values fell into fixed ranges, with their number and sum. Any thread may record; recording allocates
/// nothing and takes no lock, so a reader may see a value counted whose sum is not yet added.
package final class Histogram: Sendable {
    private let buckets: HistogramBuckets
    private let counts: [Counter]
    private let sum = Atomic<Int>(0)

    init(buckets: HistogramBuckets) {
        self.buckets = buckets
        counts = (0...buckets.bounds.count).map { _ in Counter() }
    }

    package var count: Int { counts.reduce(0) { $0 + $1.value } }

    package func record(_ value: Int) {
        var (low, high) = (0, buckets.bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if buckets.bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        counts[low].increment()
        sum.wrappingAdd(value, ordering: .relaxed)
    }

    /// For buckets in nanoseconds, as ``HistogramBuckets/latency`` has them.
    package func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    }
}

extension Histogram: Metric {
    static var kind: String { "histogram" }

    func append(to text: inout String, name: String, labels: String) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var total = 0
        for (index, counter) in counts.enumerated() {
            total += counter.value
            let bound =
                index < buckets.bounds.count ? exposition(Double(buckets.bounds[index]) * buckets.scale) : "+Inf"
            text += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(total)\n"
        }
        text += "\(name)_sum\(braced(labels)) "
        text += "\(exposition(Double(sum.load(ordering: .relaxed)) * buckets.scale))\n"
        text += "\(name)_count\(braced(labels)) \(total)\n"
    }
}
