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
}

/// A call that is still to come.
package protocol ScheduledWork: AnyObject, Sendable {
    /// Takes it back; harmless when it has run. Called on its loop only.
    func cancel()
}
