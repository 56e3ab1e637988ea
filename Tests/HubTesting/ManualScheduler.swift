package import Model

/// A loop moved by hand: jobs of actors, work at the end of a turn and timers run on the calling thread, in a fixed
/// order, and only when the test says so.
///
/// Confined to one thread at a time: whoever is inside ``turn(_:)`` is the loop. Jobs may be enqueued from anywhere; they
/// wait for the next turn.
package final class ManualScheduler: LiveScheduler, @unchecked Sendable {
    package let clock: ManualClock
    package private(set) var now = LiveInstant(milliseconds: 1_000_000)
    /// Turns that did anything.
    package private(set) var turns = 0

    private let manualExecutor = ManualExecutor()
    private lazy var stage = ManualStage(executor: manualExecutor)
    private var endOfTurnWork: [@Sendable () -> Void] = []
    private var timers: [ManualTimer] = []

    /// - Parameter clock: Moves with the loop.
    package init(clock: ManualClock = ManualClock()) {
        self.clock = clock
    }

    package var executor: any SerialExecutor { manualExecutor }

    package func preconditionIsolated() { manualExecutor.checkIsolated() }

    /// Timers that have neither fired nor been cancelled.
    package var pendingTimers: Int { timers.count { !$0.isDone } }

    package func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any ScheduledWork {
        let (seconds, attoseconds) = delay.components
        // A loop's timer counts whole milliseconds and never fires early.
        let milliseconds = max(0, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        let timer = ManualTimer(at: LiveInstant(milliseconds: now.milliseconds + milliseconds), work)
        timers.append(timer)
        return timer
    }

    package var moment: UInt64 { UInt64(now.milliseconds) * 1_000_000 }

    /// What was measured until it was flushed, in nanoseconds.
    package private(set) var flushLatencies: [UInt64] = []

    package func whenFlushed(since moment: UInt64) { flushLatencies.append(self.moment - moment) }

    package func atEndOfTurn(_ work: @escaping @Sendable () -> Void) {
        endOfTurnWork.append(work)
    }

    /// One turn of the loop: `body` as if an event had called it, then jobs, then what was put off to the end, until
    /// nothing is left to do.
    @discardableResult
    package func turn<Value>(_ body: () throws -> Value) rethrows -> Value {
        try manualExecutor.occupy {
            turns += 1
            defer { endTurn() }
            return try body()
        }
    }

    /// A turn without an event.
    package func turn() { turn {} }

    /// Moves the time on, and the clock with it; every timer that falls due fires in a turn of its own, on its moment.
    package func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let end = LiveInstant(milliseconds: now.milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        while let timer = nextTimer(until: end) {
            move(to: max(timer.due, now))
            turn { timer.fire() }
        }
        move(to: end)
    }

    /// Moves the time on without letting any timer fire, as if the loop had been busy; they fire in the next
    /// ``advance(by:)``, late.
    package func stall(for duration: Duration) {
        let (seconds, attoseconds) = duration.components
        move(to: LiveInstant(milliseconds: now.milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Runs an asynchronous operation to its end on this loop. It may call actors of this loop, and wait for nothing
    /// else: not even a continuation, which comes back by way of another thread.
    package func complete<Value: Sendable>(_ operation: @escaping @Sendable () async -> Value) -> Value {
        let outcome = ManualOutcome<Value>()
        turn { stage.assumeIsolated { $0.start(operation, outcome) } }
        guard let value = outcome.value else {
            preconditionFailure("the operation waits for something that happens outside this loop")
        }
        return value
    }

    private func endTurn() {
        while true {
            if manualExecutor.runJobs() { continue }
            guard !endOfTurnWork.isEmpty else { return }
            let work = endOfTurnWork
            endOfTurnWork = []
            for item in work { item() }
        }
    }

    private func nextTimer(until end: LiveInstant) -> ManualTimer? {
        timers.removeAll(where: \.isDone)
        return timers.filter { $0.due <= end }.min { $0.due < $1.due }
    }

    private func move(to instant: LiveInstant) {
        clock.advance(by: .milliseconds(instant.milliseconds - now.milliseconds))
        now = instant
    }
}
