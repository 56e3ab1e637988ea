/// Wakes whoever waits for something to do. A ring that nobody waits for is kept for the next who does.
actor JobBell {
    private var hasRung = false
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    private var count = 0

    func ring() {
        hasRung = waiters.isEmpty
        let woken = waiters.values
        waiters = [:]
        for waiter in woken { waiter.resume() }
    }

    /// Until it rings, the time is over or the caller's task is cancelled.
    func wait(upTo limit: Duration) async {
        if hasRung {
            hasRung = false
            return
        }
        count += 1
        let number = count
        // Ends with this call.
        let timer = Task {
            try? await Task.sleep(for: limit)
            expire(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiters[number] = $0 }
        } onCancel: {
            timer.cancel()
        }
        timer.cancel()
    }

    private func expire(_ number: Int) { waiters.removeValue(forKey: number)?.resume() }
}
