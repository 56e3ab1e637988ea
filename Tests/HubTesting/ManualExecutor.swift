internal import Glibc
internal import Synchronization

/// Keeps jobs until whoever occupies it runs them, on the thread that does.
final class ManualExecutor: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var owner: pthread_t?
    }

    private let state = Mutex(State())

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "called outside of a turn of the loop")
    }

    func isIsolatingCurrentContext() -> Bool? {
        state.withLock { $0.owner == pthread_self() }
    }

    /// Makes the calling thread the loop's while `body` runs.
    func occupy<Value>(_ body: () throws -> Value) rethrows -> Value {
        state.withLock {
            precondition($0.owner == nil, "a turn within a turn, or two threads moving one loop")
            $0.owner = pthread_self()
        }
        defer { state.withLock { $0.owner = nil } }
        return try body()
    }

    /// Runs the jobs that are there.
    ///
    /// - Returns: Whether there were any.
    func runJobs() -> Bool {
        let jobs = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
        return !jobs.isEmpty
    }
}
