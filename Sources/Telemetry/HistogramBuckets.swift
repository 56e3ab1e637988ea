/// The upper bounds of a histogram's buckets, in whole units of what is recorded.
package struct HistogramBuckets: Equatable, Sendable {
    /// Ascending and distinct; a value equal to a bound belongs to its bucket. One bucket more takes all above the last.
    let bounds: [Int]
    /// What one unit is in the exposition, whose base units are seconds and bytes.
    let scale: Double

    package init(bounds: [Int], scale: Double = 1) {
        precondition(!bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds ascend")
        self.bounds = bounds
        self.scale = scale
    }

    /// The place of the bucket a value belongs to.
    func index(of value: Int) -> Int {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Nanoseconds from 100 µs to 10 s in steps of 1, 2.5 and 5; shown in seconds.
    package static let latency = HistogramBuckets(
        bounds: [
            100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
            250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
        ], scale: 1e-9)

    /// Nanoseconds in the buckets that the contract names for requests and queries (story 4.1); shown in seconds.
    package static let contract = HistogramBuckets(
        bounds: [
            1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000, 200_000_000, 500_000_000, 1_000_000_000,
            2_000_000_000, 5_000_000_000,
        ], scale: 1e-9)

    /// Powers of four from 1 to 65,536: rows in a batch, members in a group, writes in a turn.
    package static let sizes = HistogramBuckets(bounds: [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536])
}
