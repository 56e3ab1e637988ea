/// The moments of a measurement, on ``MonotonicTime``.
struct BenchClock: Hashable, Sendable {
    /// The first send is due.
    var start: UInt64
    /// What is due from here on counts.
    var measure: UInt64
    /// Nothing is due any more.
    var end: UInt64

    init(start: UInt64, warmup: Duration, duration: Duration) {
        self.start = start
        measure = start + UInt64(warmup / .nanoseconds(1))
        end = measure + UInt64(duration / .nanoseconds(1))
    }

    func counts(_ moment: UInt64) -> Bool { moment >= measure && moment < end }
}
