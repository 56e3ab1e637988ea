internal import Model

/// A timer of a ``ManualScheduler``, touched by whoever moves that.
final class ManualTimer: ScheduledWork, @unchecked Sendable {
    let due: LiveInstant
    private var work: (@Sendable () -> Void)?

    init(at due: LiveInstant, _ work: @escaping @Sendable () -> Void) {
        self.due = due
        self.work = work
    }

    /// Whether it fired or was cancelled.
    var isDone: Bool { work == nil }

    func fire() {
        let work = work
        self.work = nil
        work?()
    }

    func cancel() { work = nil }
}
