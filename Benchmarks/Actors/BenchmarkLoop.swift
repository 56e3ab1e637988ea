import EventLoop
import Model

/// The real loop's executor and clock, with turns that end when the benchmark says so.
final class BenchmarkLoop: LiveScheduler, @unchecked Sendable {
    private let loop: Loop
    private var work: [@Sendable () -> Void] = []

    init(loop: Loop) { self.loop = loop }

    var executor: any SerialExecutor { loop }

    func preconditionIsolated() { loop.preconditionIsolated() }

    var now: LiveInstant { LiveInstant(milliseconds: Int64(loop.now.milliseconds)) }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any ScheduledWork {
        BenchmarkTimer(loop.schedule(after: delay, work))
    }

    func atEndOfTurn(_ work: @escaping @Sendable () -> Void) { self.work.append(work) }

    func endTurn() {
        for index in work.indices { work[index]() }
        work.removeAll(keepingCapacity: true)
    }
}

final class BenchmarkTimer: ScheduledWork, @unchecked Sendable {
    private let timer: LoopTimer

    init(_ timer: LoopTimer) { self.timer = timer }

    func cancel() { timer.cancel() }
}
