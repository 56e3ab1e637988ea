internal import CSodium
internal import Glibc
internal import Synchronization

/// A few threads that do long calculations one after the other, and a bounded queue before them.
///
/// They are neither loops, which must never block, nor those of Swift's concurrency, of which there are as many as cores
/// and all of which would soon hash. The system gives them what other threads leave.
@safe final class PasswordThreads: Sendable {
    typealias Work = @Sendable () -> Void

    /// What the threads share; outlives the owner until the last of them has ended.
    @safe private final class Shared: @unchecked Sendable {  // sem_t is made for several threads and never moves
        private struct State {
            var works: [Work] = []
            /// How many of `works` have been taken from its front.
            var taken = 0
        }

        private let state = Mutex(State())
        private let wake: UnsafeMutablePointer<sem_t>
        private let capacity: Int

        init(capacity: Int) {
            self.capacity = capacity
            unsafe wake = .allocate(capacity: 1)
            unsafe sem_init(wake, 0, 0)
        }

        deinit {
            unsafe sem_destroy(wake)
            unsafe wake.deallocate()
        }

        func put(_ work: @escaping Work) -> Bool {
            let hasRoom = state.withLock { state in
                guard state.works.count - state.taken < capacity else { return false }
                state.works.append(work)
                return true
            }
            if hasRoom { unsafe sem_post(wake) }
            return hasRoom
        }

        /// The next work; nothing once the owner is gone and all is done.
        func next() -> Work? {
            while unsafe sem_wait(wake) != 0 {}  // a signal has interrupted it
            return state.withLock { state in
                guard state.taken < state.works.count else { return nil }
                let work = state.works[state.taken]
                state.taken += 1
                if state.taken == state.works.count {
                    state.works.removeAll(keepingCapacity: true)
                    state.taken = 0
                } else if state.taken >= capacity {
                    state.works.removeFirst(state.taken)
                    state.taken = 0
                }
                return work
            }
        }

        /// Every thread that finds no work after this ends.
        func stop(threads: Int) {
            for _ in 0..<threads { unsafe sem_post(wake) }
        }
    }

    private let shared: Shared
    let count: Int

    /// - Parameters:
    ///   - count: How many threads, at least 1.
    ///   - capacity: How many works may wait, beside those under way.
    init(count: Int, capacity: Int) {
        precondition(count > 0 && capacity > 0, "no thread or no queue")
        self.count = count
        shared = Shared(capacity: capacity)
        for _ in 0..<count {
            var thread = pthread_t()
            let context = unsafe Unmanaged.passRetained(shared).toOpaque()
            let result = unsafe pthread_create(&thread, nil, PasswordThreads.main, context)
            precondition(result == 0, "the system has no thread left for passwords")
            pthread_detach(thread)
        }
    }

    deinit { shared.stop(threads: count) }

    /// Has `work` done on one of the threads.
    ///
    /// - Returns: Whether there was room; if not, nothing happens.
    func run(_ work: @escaping Work) -> Bool { shared.put(work) }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context = unsafe context else { return nil }
        yieldToOthers()
        let shared = unsafe Unmanaged<Shared>.fromOpaque(context).takeRetainedValue()
        while let work = shared.next() { work() }
        return nil
    }

    /// Lets every other thread of the process go first: a batch thread of nice 10 (sched(7)) has a tenth of the weight of
    /// one of nice 0. These are hints; a system that refuses them leaves the thread as it was.
    private static func yieldToOthers() {
        var parameter = sched_param()
        let batch: Int32 = 3  // SCHED_BATCH, which is Linux's own and not imported
        _ = unsafe sched_setscheduler(0, batch, &parameter)
        _ = setpriority(__priority_which_t(UInt32(PRIO_PROCESS.rawValue)), 0, 10)
        unsafe CSodium_nameThread("passwords")
    }
}
