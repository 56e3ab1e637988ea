internal import Synchronization

/// How often values fell into fixed ranges, with their number and sum. Any thread may record; recording allocates
/// nothing and takes no lock, so a reader may see a value counted whose sum is not yet added. A loop may have a part of
/// its own, as of a ``Counter``.
package final class Histogram: Sendable {
    private let buckets: HistogramBuckets
    private let counts: [Counter]
    private let sum = Counter()

    init(buckets: HistogramBuckets) {
        self.buckets = buckets
        counts = (0...buckets.bounds.count).map { _ in Counter() }
    }

    package var count: Int { counts.reduce(0) { $0 + $1.value } }

    package func record(_ value: Int) {
        counts[buckets.index(of: value)].increment()
        sum.increment(by: value)
    }

    /// For buckets in nanoseconds, as ``HistogramBuckets/latency`` has them.
    package func record(_ duration: Duration) {
        record(duration.wholeNanoseconds)
    }

    /// Shows what `part` records too.
    ///
    /// - Precondition: Its buckets are the same.
    package func adopt(_ part: LocalHistogram) {
        precondition(part.buckets == buckets, "a part of a histogram has its buckets")
        for (own, other) in zip(counts, part.counts) { own.adopt(other) }
        sum.adopt(part.sum)
    }
}

extension Histogram: Metric {
    static var kind: String { "histogram" }

    func append(to text: inout Exposition, name: String, labels: String) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var total = 0
        for (index, counter) in counts.enumerated() {
            total += counter.value
            let bound =
                index < buckets.bounds.count ? text.bound(Double(buckets.bounds[index]) * buckets.scale) : "+Inf"
            text.sample("\(name)_bucket", "\(prefix)le=\"\(bound)\"", String(total))
        }
        text.sample("\(name)_sum", labels, exposition(Double(sum.value) * buckets.scale))
        text.sample("\(name)_count", labels, String(total))
    }
}

extension Duration {
    /// For ``Histogram`` and ``LocalHistogram``; negative if the duration is.
    package var wholeNanoseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    }
}
