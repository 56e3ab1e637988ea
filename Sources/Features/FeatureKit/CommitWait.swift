internal import EventLoop
internal import Model
internal import Synchronization

/// Somebody who waits for a commit, and is answered once. Callable from any thread.
final class CommitWait: FixReceiver {
    private struct State {
        /// Nothing once it was answered.
        var continuation: CheckedContinuation<Problem?, Never>?
        var timer: LoopTimer?
    }

    private let state: Mutex<State>

    /// - Parameter continuation: Resumed with nothing after the commit, else with what came of it.
    init(_ continuation: CheckedContinuation<Problem?, Never>) {
        state = Mutex(State(continuation: continuation))
    }

    deinit { end(.databaseUnavailable) }

    /// Keeps what ends it when its time is over.
    func hold(_ timer: LoopTimer) { state.withLock { $0.timer = timer } }

    /// The first answer counts.
    func end(_ problem: Problem?) {
        let (continuation, timer) = state.withLock { state in
            defer { (state.continuation, state.timer) = (nil, nil) }
            return (state.continuation, state.timer)
        }
        continuation?.resume(returning: problem)
        // Released outside the lock: that takes it off its loop.
        withExtendedLifetime(timer) {}
    }

    func fixesCommitted(token: UInt64) { end(nil) }

    func fixesRefused(token: UInt64, _ refusal: FixRefusal) {
        switch refusal {
        case .deviceUnknown: end(.deviceNotFound)
        case .rowRefused: end(.internal)
        case .stopping: end(.databaseUnavailable)
        }
    }
}
