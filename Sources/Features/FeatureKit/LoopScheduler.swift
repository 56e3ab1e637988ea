package import EventLoop
package import Model

/// A loop as the live actors see it. Used on its loop only.
package final class LoopScheduler: LiveScheduler {
    private let loop: Loop

    package init(on loop: Loop) { self.loop = loop }

    package var executor: any SerialExecutor { loop }
    package func preconditionIsolated() { loop.preconditionIsolated() }

    package var now: LiveInstant { LiveInstant(milliseconds: Int64(loop.now.milliseconds)) }

    package func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any ScheduledWork {
        ScheduledTimer(loop.schedule(after: delay, work))
    }

    package func atEndOfTurn(_ work: @escaping @Sendable () -> Void) { loop.atEndOfTurn(work) }

    package var moment: UInt64 { loop.moment }

    package func whenFlushed(since moment: UInt64) { loop.whenFlushed(since: moment) }
}

private final class ScheduledTimer: ScheduledWork {
    private let timer: LoopTimer

    init(_ timer: LoopTimer) { self.timer = timer }

    func cancel() { timer.cancel() }
}
