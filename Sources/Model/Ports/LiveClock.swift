/// The time of day for actors, so that tests can move it by hand.
package protocol LiveClock: Sendable {
    var now: Timestamp { get }
}

/// Calls back later on the loop it belongs to; actors count their delays with it.
package protocol LiveScheduler: AnyObject, Sendable {
    /// The executor of the actors that live here.
    var executor: any SerialExecutor { get }

    /// Traps unless the caller is on the loop. Cheaper than asking the executor by way of the runtime. Any thread.
    func preconditionIsolated()

    /// The monotonic time, the same all through one turn of the loop. Read on the loop only.
    var now: LiveInstant { get }

    /// Runs `work` on the loop after `delay`, unless the returned timer is cancelled before.
    /// Called on the loop only.
    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any ScheduledWork

    /// Calls `work` once, before the loop next waits for events. Called on the loop only.
    func atEndOfTurn(_ work: @escaping @Sendable () -> Void)

    /// Nanoseconds of a monotonic clock, the same all through one turn; never 0. For measuring only. Read on the loop only.
    var moment: UInt64 { get }

    /// Measures the time from `moment`, which was the scheduler's in this or an earlier turn, to when what this turn has
    /// sent has left. Called on the loop only.
    func whenFlushed(since moment: UInt64)
}

extension LiveScheduler {
    /// Where nothing is measured.
    package var moment: UInt64 { 1 }
    package func whenFlushed(since moment: UInt64) {}
}

/// A call that is still to come.
package protocol ScheduledWork: AnyObject, Sendable {
    /// Takes it back; harmless when it has run. Called on its loop only.
    func cancel()
}
