import Model
import Synchronization

/// Collects what became of fixes, by token, and lets a test wait for all of them.
final class ReceiptBook: FixReceiver, Sendable {
    private struct State {
        var committed: [UInt64: Int] = [:]
        var refused: [UInt64: [FixRefusal]] = [:]
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        var count: Int { committed.count + refused.count }
    }

    private let state = Mutex(State())

    /// How often each token was committed.
    var committed: [UInt64: Int] { state.withLock { $0.committed } }
    var refused: [UInt64: [FixRefusal]] { state.withLock { $0.refused } }

    func receipt(_ token: UInt64) -> FixReceipt { FixReceipt(receiver: self, token: token) }

    func fixesCommitted(token: UInt64) { note { $0.committed[token, default: 0] += 1 } }

    func fixesRefused(token: UInt64, _ refusal: FixRefusal) { note { $0.refused[token, default: []].append(refusal) } }

    /// Waits until as many tokens have been answered.
    func answered(_ count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiters.append((count, continuation)) }
            note { _ in }
        }
    }

    private func note(_ change: (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            let ready = state.waiters.filter { $0.count <= state.count }
            let count = state.count
            state.waiters.removeAll { $0.count <= count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }
}
