internal import EventLoop
internal import Model

/// A loop as the live actors see it. Used on its loop only.
final class LoopScheduler: LiveScheduler {
    private let loop: Loop

    init(on loop: Loop) { self.loop = loop }

    var executor: any SerialExecutor { loop }
    func preconditionIsolated() { loop.preconditionIsolated() }

    var now: LiveInstant { LiveInstant(milliseconds: Int64(loop.now.milliseconds)) }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any ScheduledWork {
        ScheduledTimer(loop.schedule(after: delay, work))
    }

    func atEndOfTurn(_ work: @escaping @Sendable () -> Void) { loop.atEndOfTurn(work) }

    var moment: UInt64 { loop.moment }

    func whenFlushed(since moment: UInt64) { loop.whenFlushed(since: moment) }
}

private final class ScheduledTimer: ScheduledWork {
    private let timer: LoopTimer

    init(_ timer: LoopTimer) { self.timer = timer }

    func cancel() { timer.cancel() }
}
