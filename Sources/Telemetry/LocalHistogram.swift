/// A loop's part of a ``Histogram``, which one thread records in and any thread reads. Recording allocates nothing.
package final class LocalHistogram: Sendable {
    let buckets: HistogramBuckets
    let counts: [LocalCount]
    let sum = LocalCount()

    package init(buckets: HistogramBuckets) {
        self.buckets = buckets
        counts = (0...buckets.bounds.count).map { _ in LocalCount() }
    }

    package var count: Int { counts.reduce(0) { $0 + $1.value } }

    /// Called by the thread it belongs to, and by no other. In the unit of the buckets' bounds.
    package func record(_ value: Int) {
        counts[buckets.index(of: value)].add(1)
        sum.add(value)
    }
}
