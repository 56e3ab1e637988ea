/// Counts values in log-linear buckets, as HdrHistogram does: every value is known to within a thousandth of itself.
///
/// Values are whole microseconds from 0 to about 1.2 hours; longer ones count as the longest. Recording is a few
/// instructions and allocates nothing. Histograms of the same kind can be added up.
package struct LatencyHistogram: Hashable, Sendable {
    /// Buckets per power of two from 2^10 on; below, every value has one of its own. 1024 make an error of 1/1024.
    private static let precision = 10
    private static let linear = 1 << precision
    /// Values from here on count as the one below.
    package static let limit: UInt64 = 1 << 32

    private var counts: [UInt64]
    package private(set) var count: UInt64 = 0
    package private(set) var maximum: UInt64 = 0
    package private(set) var minimum: UInt64 = .max
    private var sum: Double = 0

    package init() { counts = [UInt64](repeating: 0, count: LatencyHistogram.index(LatencyHistogram.limit - 1) + 1) }

    package mutating func record(_ microseconds: UInt64, times: UInt64 = 1) {
        let value = min(microseconds, LatencyHistogram.limit - 1)
        counts[LatencyHistogram.index(value)] += times
        count += times
        maximum = max(maximum, value)
        minimum = min(minimum, value)
        sum += Double(value) * Double(times)
    }

    /// Records the time between two readings of ``MonotonicTime``; 0 if `end` is the earlier.
    package mutating func record(from start: UInt64, to end: UInt64) { record(end > start ? (end - start) / 1000 : 0) }

    package mutating func merge(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
        maximum = max(maximum, other.maximum)
        minimum = min(minimum, other.minimum)
        sum += other.sum
    }

    /// The smallest value that `percent` of all values do not exceed, as its bucket's upper end; 0 without values.
    package func percentile(_ percent: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((Double(count) * min(max(percent, 0), 100) / 100).rounded(.up)))
        var seen: UInt64 = 0
        for (index, inBucket) in counts.enumerated() where inBucket > 0 {
            seen += inBucket
            if seen >= rank { return min(LatencyHistogram.upperBound(index), maximum) }
        }
        return maximum
    }

    /// Microseconds.
    package var mean: Double { count > 0 ? sum / Double(count) : 0 }

    /// `[value, count]` of every bucket that is not empty, by which histograms of several processes can be added up.
    package var buckets: [(value: UInt64, count: UInt64)] {
        counts.enumerated().filter { $0.element > 0 }.map { (LatencyHistogram.upperBound($0.offset), $0.element) }
    }

    /// The bucket of a value: linear in the value's first eleven bits.
    private static func index(_ value: UInt64) -> Int {
        guard value >= UInt64(linear * 2) else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - precision
        return shift * linear + Int(value >> UInt64(shift))
    }

    private static func upperBound(_ index: Int) -> UInt64 {
        guard index >= linear * 2 else { return UInt64(index) }
        let shift = index / linear - 1
        return (UInt64(index - shift * linear) + 1) << UInt64(shift) - 1
    }
}
