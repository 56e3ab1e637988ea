internal import EventLoop

extension PostgresConnection {
    /// Makes sure the timer fires when `deadline` passes, if not before.
    func armDeadline(_ deadline: LoopInstant) {
        if let due = deadlineTimerDue, due <= deadline { return }
        deadlineTimer?.cancel()
        deadlineTimerDue = deadline
        let delay = deadline > loop.now ? deadline - loop.now : .zero
        deadlineTimer = loop.schedule(after: delay) { [weak self] in self?.deadlinePassed() }
    }

    private func deadlinePassed() {
        deadlineTimer = nil
        deadlineTimerDue = nil
        let now = loop.now
        for work in inFlight.elements {
            if let abandonAt = work.abandonAt, abandonAt <= now {
                return lose(.connectionLost("a cancelled query did not end"))
            }
            guard work.completion != nil, work.deadline <= now else { continue }
            work.expire()
            guard handle != nil else { return }
            if work === inFlight.first { cancel(work) }
        }
        armNextDeadline()
    }

    private func armNextDeadline() {
        let next = inFlight.elements.compactMap { $0.abandonAt ?? ($0.completion == nil ? nil : $0.deadline) }.min()
        if let next { armDeadline(next) }
    }

    /// Asks the server to give up the running unit. If its cancellation comes too late, the unit behind it fails with
    /// `query_canceled`, which is transient.
    func cancel(_ work: PostgresWork) {
        let abandonAt = loop.now.advanced(by: limits.cancelGrace)
        work.abandonAt = abandonAt
        armDeadline(abandonAt)
        guard let canceller = handle?.canceller() else { return }
        // libpq cancels over a connection of its own, and waits for it: not on the loop.
        Task { [loop] in await loop.offload { canceller.cancel() } }
    }
}
