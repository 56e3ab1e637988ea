internal import EventLoop
internal import Synchronization

/// Tells whether every loop turns, for the sign of life that a watchdog waits for.
///
/// Nothing here waits for a loop: each is asked, and whoever comes again looks whether all of them have answered.
final class LoopPulse: Sendable {
    private let loops: [Loop]
    private let unanswered = Atomic<Int>(0)

    init(_ loops: [Loop]) { self.loops = loops }

    /// Asks every loop for an answer, unless one still owes it. Called by one task.
    ///
    /// - Returns: Whether all of them have answered since they were last asked.
    func beat() -> Bool {
        guard unanswered.load(ordering: .acquiring) == 0 else { return false }
        unanswered.store(loops.count, ordering: .releasing)
        for loop in loops {
            loop.execute { [self] in unanswered.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
        }
        return true
    }
}
