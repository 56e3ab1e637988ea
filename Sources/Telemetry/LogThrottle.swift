internal import Glibc
internal import Synchronization

/// Lets one event through in each period and counts the others. One for each place that logs; any thread may use it.
package final class LogThrottle: Sendable {
    private let period: Int64
    private let now: @Sendable () -> Int64
    private let next = Atomic<Int64>(.min)
    private let held = Atomic<Int>(0)

    /// - Parameter now: Monotonic nanoseconds; the system's clock by default.
    package init(every period: Duration, now: (@Sendable () -> Int64)? = nil) {
        let (seconds, attoseconds) = period.components
        self.period = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        self.now = now ?? monotonicNanoseconds
    }

    /// How many events were held back since the last one that went through, if this one goes through; else nothing.
    func admit() -> Int? {
        let time = now()
        let due = next.load(ordering: .relaxed)
        guard time >= due,
            next.compareExchange(expected: due, desired: time + period, ordering: .relaxed).exchanged
        else {
            held.add(1, ordering: .relaxed)
            return nil
        }
        return held.exchange(0, ordering: .relaxed)
    }
}

@Sendable private func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
