internal import Model

/// Who waits for a writer to have nothing left, and until when at most. Of the writer's loop.
struct DrainWait {
    private var waiter: CheckedContinuation<Void, Never>?
    private var timer: (any ScheduledWork)?

    var isUnderWay: Bool { waiter != nil }

    /// - Parameter timer: Ends the wait when its time is over.
    /// - Precondition: Nobody waits.
    mutating func begin(_ waiter: CheckedContinuation<Void, Never>, until timer: any ScheduledWork) {
        precondition(self.waiter == nil, "a writer is drained once at a time")
        self.waiter = waiter
        self.timer = timer
    }

    mutating func end() {
        timer?.cancel()
        timer = nil
        waiter?.resume()
        waiter = nil
    }
}
