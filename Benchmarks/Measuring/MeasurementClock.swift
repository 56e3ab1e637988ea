/// The moments of a measurement, on ``MonotonicTime``.
package struct MeasurementClock: Hashable, Sendable {
    /// The first send is due.
    package var start: UInt64
    /// What is due from here on counts.
    package var measure: UInt64
    /// Nothing is due any more.
    package var end: UInt64

    package init(start: UInt64, warmup: Duration, duration: Duration) {
        self.start = start
        measure = start + UInt64(warmup / .nanoseconds(1))
        end = measure + UInt64(duration / .nanoseconds(1))
    }

    package func counts(_ moment: UInt64) -> Bool { moment >= measure && moment < end }
}
