import Measuring
import Testing

@testable import hubctl

@Suite struct `The histogram of latencies` {
    private func exact(_ values: [UInt64], _ percent: Double) -> UInt64 {
        let sorted = values.sorted()
        return sorted[max(0, Int((Double(sorted.count) * percent / 100).rounded(.up)) - 1)]
    }

    @Test(arguments: [1, 2, 3, 4, 5])
    func `is within a thousandth of the exact percentiles`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        // Half a decade to seven: every part of the range has values.
        let values = (0..<20_000).map { _ in UInt64(pow10(generator.number(in: 0...Double(seed + 2)))) }
        var histogram = LatencyHistogram()
        for value in values { histogram.record(value) }
        for percent in [0, 1, 10, 50, 90, 99, 99.9, 99.99, 100] {
            let truth = exact(values, percent)
            let told = histogram.percentile(percent)
            #expect(told >= truth)
            #expect(Double(told - truth) <= Double(truth) / 1000, "\(percent): \(told) for \(truth)")
        }
        #expect(histogram.maximum == values.max())
        #expect(histogram.minimum == values.min())
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        #expect(abs(histogram.mean - mean) < mean / 1e9)
    }

    @Test func `small values, and those around each power of two, are in a bucket that holds them`() {
        for value in [0, 1, 2, 999, 2047, 2048, 2049] + (11..<32).flatMap({ [(1 << $0) - 1, 1 << $0, (1 << $0) + 1] }) {
            var histogram = LatencyHistogram()
            histogram.record(UInt64(value))
            #expect(histogram.percentile(50) == UInt64(value))
            #expect(histogram.buckets.count == 1)
            #expect(histogram.buckets[0].value >= UInt64(value))
        }
    }

    @Test func `added up is as if it had all been recorded in one`() {
        var generator = SeededGenerator(seed: 9)
        var parts = [LatencyHistogram(), LatencyHistogram(), LatencyHistogram()]
        var whole = LatencyHistogram()
        for index in 0..<3000 {
            let value = UInt64.random(in: 0...5_000_000, using: &generator)
            parts[index % 3].record(value)
            whole.record(value)
        }
        var sum = LatencyHistogram()
        for part in parts { sum.merge(part) }
        #expect(sum.count == whole.count)
        #expect(sum.buckets.map(\.value) == whole.buckets.map(\.value))
        #expect(sum.buckets.map(\.count) == whole.buckets.map(\.count))
        #expect(sum.percentile(99) == whole.percentile(99))
        #expect(sum.minimum == whole.minimum)
    }

    @Test func `without values gives zeros, and keeps what is beyond its range at its end`() {
        var histogram = LatencyHistogram()
        #expect(histogram.percentile(99) == 0)
        #expect(histogram.mean == 0)
        histogram.record(.max)
        #expect(histogram.percentile(99) == LatencyHistogram.limit - 1)
        histogram.record(from: 5000, to: 4000)
        #expect(histogram.minimum == 0)
    }

    private func pow10(_ exponent: Double) -> Double {
        var result = 1.0
        var rest = exponent
        while rest >= 1 {
            result *= 10
            rest -= 1
        }
        // The fraction needs no precision: any value will do.
        return result * (1 + 9 * rest)
    }
}
