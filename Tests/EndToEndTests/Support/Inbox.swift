import Synchronization

/// What arrived and was not looked at yet, for one reader, who waits no longer than it says.
final class Inbox<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var isClosed = false
        var waiter: CheckedContinuation<Item?, Never>?
        var deadline: Task<Void, Never>?
        /// Tells a wait from those before it, whose deadlines may still come.
        var wait = 0

        mutating func takeWaiter() -> CheckedContinuation<Item?, Never>? {
            defer {
                waiter = nil
                deadline = nil
            }
            deadline?.cancel()
            return waiter
        }
    }

    private let state = Mutex(State())

    func put(_ item: Item) {
        let waiter = state.withLock { state in
            guard let waiter = state.takeWaiter() else {
                state.items.append(item)
                return nil as CheckedContinuation<Item?, Never>?
            }
            return waiter
        }
        waiter?.resume(returning: item)
    }

    /// Nothing will arrive any more; what is here can still be taken.
    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            return state.takeWaiter()
        }
        waiter?.resume(returning: nil)
    }

    /// The oldest item; `nil` when the time is over, or nothing can come any more.
    func next(within limit: Duration) async -> Item? {
        await withCheckedContinuation { continuation in
            let ready: Item?? = state.withLock { state in
                if !state.items.isEmpty { return .some(state.items.removeFirst()) }
                if state.isClosed { return .some(nil) }
                precondition(state.waiter == nil, "an inbox has one reader")
                state.waiter = continuation
                state.wait += 1
                let wait = state.wait
                state.deadline = Task { [weak self] in
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    self?.giveUp(wait)
                }
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    private func giveUp(_ wait: Int) {
        let waiter = state.withLock { state in state.wait == wait ? state.takeWaiter() : nil }
        waiter?.resume(returning: nil)
    }
}
