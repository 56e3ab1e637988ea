internal import Synchronization

/// Says once more that what a loop has made is seen by the task that it resumes: for the thread sanitizer.
///
/// A continuation that is resumed before its task has gone to sleep passes by an atomic of the concurrency library, which is
/// not instrumented and, on this way alone, tells the sanitizer nothing. A program of thirty lines shows it: a thread writes an
/// object and resumes, the task comes to wait for it later and reads; the sanitizer reports a race. With these two calls
/// it does not. Can go when the library tells.
final class Handover: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Before the continuation is resumed, on the one loop that does so: each store carries on what the ones before it said.
    func give() { flag.store(true, ordering: .releasing) }

    /// After the wait.
    func take() { _ = flag.load(ordering: .acquiring) }
}
