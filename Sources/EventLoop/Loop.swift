internal import CUV
internal import Glibc
internal import Synchronization
internal import Telemetry

/// One libuv loop on a thread of its own, and the executor of the actors that live there.
///
/// A *turn* is one pass of the loop: events are delivered, then jobs of actors and what was put off to the end of the
/// turn run, then every socket written to in this turn is flushed, then the loop waits again. Everything that is not
/// marked otherwise is called on the loop's own thread.
@safe package final class Loop: SerialExecutor, @unchecked Sendable {
    /// The place of this loop in its ``LoopGroup``.
    package let index: Int

    let raw: UnsafeMutablePointer<uv_loop_t>
    private let wake: UnsafeMutablePointer<uv_async_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let idle: UnsafeMutablePointer<uv_idle_t>

    /// What other threads have handed over: the one lock of the loop.
    private let inbound = Mutex(Inbound())
    /// Says under the lock, once more, that what was done before a hand-over is seen after it: for the thread sanitizer,
    /// which does not see a contended `Mutex`. Can go when it does.
    private let publication = Atomic<Bool>(false)

    // Below: the loop's thread only.
    private var jobs: [UnownedJob] = []
    private var spareJobs: [UnownedJob] = []
    private var endOfTurnWork: [Work] = []
    /// Who waits for the events of the next turn, since this turn and since the one before.
    private var turnWaits: [Work] = []
    private var dueTurnWaits: [Work] = []
    /// Not checked for exclusive access at run time: every write comes by here, and an append calls nobody.
    @exclusivity(unchecked) private var dirtySockets: [StreamSocket] = []
    private var outboxes: [ObjectIdentifier: any Outbox] = [:]
    private var isIdling = false
    private var pacer = TurnPacer()
    /// What this turn works on came in at these moments; told when the turn is flushed.
    private var momentsToFlush: [UInt64] = []
    /// Read once a turn, if at all; 0 means: not yet.
    private var turnMoment: UInt64 = 0
    /// Measures how late the loop is; see ``startProbe()``.
    var probe: LoopTimer?
    /// What the loop counts; its thread writes, any thread reads.
    package let meters = LoopMeters()
    /// Tells whoever waits for the loop to end; set once it has been asked to.
    private var onStopped: (() -> Void)?

    /// Reads of all sockets of this loop land here; a handler sees it during its call only.
    let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Loop.bufferSize, alignment: 64)
    /// Small writes of one socket are joined here on their way to the kernel.
    let writeBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Loop.bufferSize, alignment: 64)
    static let bufferSize = 128 * 1024
    /// How often a turn looks again for work that its own end has made, before it lets events in.
    private static let roundsPerTurn = 16

    /// A closure as a value of its own: as an element of an array it would be boxed once more.
    private struct Work {
        let run: () -> Void
    }

    fileprivate struct Inbound {
        var jobs: [UnownedJob] = []
        var work: [@Sendable () -> Void] = []
        var isAwake = false
        var isStopped = false
    }

    private init(index: Int) throws(LoopError) {
        self.index = index
        unsafe raw = .allocate(capacity: 1)
        unsafe wake = .allocate(capacity: 1)
        unsafe prepare = .allocate(capacity: 1)
        unsafe idle = .allocate(capacity: 1)
        try unsafe LoopError.check(uv_loop_init(raw), "uv_loop_init")
        try unsafe LoopError.check(
            uv_async_init(raw, wake) { handle in unsafe Loop.at(handle?.pointee.loop).takeInbound() }, "uv_async_init")
        unsafe uv_prepare_init(raw, prepare)
        unsafe uv_prepare_start(prepare) { handle in
            let loop = unsafe Loop.at(handle?.pointee.loop)
            loop.endTurn()
            loop.restBetweenTurns()
        }
        unsafe uv_idle_init(raw, idle)
        // libuv leaves `data` as it finds it; nothing there means: not a LoopHandle.
        unsafe wake.pointee.data = nil
        unsafe prepare.pointee.data = nil
        unsafe idle.pointee.data = nil
        unsafe raw.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        unsafe raw.deallocate()
        unsafe wake.deallocate()
        unsafe prepare.deallocate()
        unsafe idle.deallocate()
        unsafe readBuffer.deallocate()
        unsafe writeBuffer.deallocate()
    }

    /// Makes a loop and starts its thread. Any thread.
    package static func start(index: Int = 0) throws(LoopError) -> Loop {
        Loop.ignoreBrokenPipes
        let loop = try Loop(index: index)
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(loop).toOpaque()
        let result = unsafe pthread_create(&thread, nil, Loop.threadMain, context)
        guard result == 0 else {
            unsafe Unmanaged<Loop>.fromOpaque(context).release()
            throw LoopError(operation: "pthread_create", number: result)
        }
        pthread_detach(thread)
        return loop
    }

    /// A peer that is gone must be an error of `write`, not the end of the process; libcurl's TLS writes without MSG_NOSIGNAL.
    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private static let currentKey: pthread_key_t = {
        var key = pthread_key_t()
        unsafe pthread_key_create(&key, nil)
        return key
    }()

    private static let threadMain: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context = unsafe context else { return nil }
        let loop = unsafe Unmanaged<Loop>.fromOpaque(context).takeRetainedValue()
        loop.run()
        return nil
    }

    private static func at(_ raw: UnsafeMutablePointer<uv_loop_t>?) -> Loop {
        guard let data = unsafe raw?.pointee.data else { preconditionFailure("a libuv loop without its Loop") }
        return unsafe Unmanaged<Loop>.fromOpaque(data).takeUnretainedValue()
    }

    private func run() {
        unsafe pthread_setspecific(Loop.currentKey, Unmanaged.passUnretained(self).toOpaque())
        CUV_nameThread(Int32(index))
        unsafe uv_run(raw, UV_RUN_DEFAULT)
        unsafe uv_loop_close(raw)
        pthread_setspecific(Loop.currentKey, nil)
        onStopped?()
        onStopped = nil
    }

    // MARK: Where am I

    /// The loop whose thread this is; none on any other thread.
    package static var current: Loop? {
        guard let data = unsafe pthread_getspecific(currentKey) else { return nil }
        return unsafe Unmanaged<Loop>.fromOpaque(data).takeUnretainedValue()
    }

    /// Whether the caller is on this loop's thread. Any thread.
    package var isCurrent: Bool {
        unsafe pthread_getspecific(Loop.currentKey) == Unmanaged.passUnretained(self).toOpaque()
    }

    /// Traps unless the caller is on this loop's thread.
    package func preconditionIsolated() {
        precondition(isCurrent, "called off its loop")
    }

    /// The loop's clock, read once a turn.
    package var now: LoopInstant { LoopInstant(milliseconds: unsafe uv_now(raw)) }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
            return
        }
        inbound.withLock { inbound in
            guard !inbound.isStopped else { return }
            inbound.jobs.append(job)
            publish()
            if inbound.markAwake() { unsafe uv_async_send(wake) }
        }
    }

    package func checkIsolated() { preconditionIsolated() }

    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Under the lock; passes on what others have published before.
    private func publish() {
        _ = publication.load(ordering: .acquiring)
        publication.store(true, ordering: .releasing)
    }

    // MARK: Work

    /// Runs `work` on the loop, after what the caller has handed over before. Any thread; never runs it at once.
    package func execute(_ work: @escaping @Sendable () -> Void) {
        inbound.withLock { inbound in
            guard !inbound.isStopped else { return }
            inbound.work.append(work)
            publish()
            // Under the lock: past it the loop may stop, and a closed handle must not be sent to.
            if inbound.markAwake() { unsafe uv_async_send(wake) }
        }
    }

    /// Runs `work` once, before the loop next waits for events.
    package func atEndOfTurn(_ work: @escaping () -> Void) {
        endOfTurnWork.append(Work(run: work))
    }

    /// Waits until the loop has let the events in that have come meanwhile: between the slices of what would hold it up in
    /// one go. `Task.yield` does not, because a turn runs the jobs that its own jobs make. On the loop. Waits for nothing
    /// once the loop is stopping.
    package func nextTurn() async {
        preconditionIsolated()
        guard onStopped == nil else { return }
        await withCheckedContinuation { continuation in turnWaits.append(Work { continuation.resume() }) }
    }

    /// Calls `work` after `delay` and then, if `period` is given, every `period`, until the timer is cancelled or
    /// released. Delays are rounded up to milliseconds.
    package func schedule(
        after delay: Duration, every period: Duration? = nil, _ work: @escaping () -> Void
    ) -> LoopTimer {
        LoopTimer(on: self, after: delay, every: period, work)
    }

    /// Runs `work` on libuv's thread pool, for what would block the loop. Any thread.
    package func offload<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            execute { [self] in
                BlockingWork.queue(on: self) {
                    let value = work()
                    return { continuation.resume(returning: value) }
                }
            }
        }
    }

    /// Runs what was handed over before, closes every handle, and ends the thread when libuv has let go of them. What is
    /// handed over later is dropped.
    ///
    /// Call it from outside the loop, once; the loop cannot be started again.
    package func stop() async {
        await withCheckedContinuation { continuation in beginStopping { continuation.resume() } }
    }

    /// As ``stop()``, from any thread and without waiting for the end; `completion` is called on the loop's thread.
    func beginStopping(_ completion: @escaping @Sendable () -> Void) {
        execute { [self] in
            onStopped = completion
            inbound.withLock { $0.isStopped = true }
        }
    }

    private func closeEverything() {
        probe = nil
        unsafe uv_walk(
            raw,
            { handle, _ in
                guard let handle = unsafe handle, unsafe uv_is_closing(handle) == 0 else { return }
                if let owner = unsafe LoopHandle.at(handle, as: LoopHandle.self) {
                    owner.loopWillStop()
                } else if unsafe handle.pointee.type != UV_PREPARE {
                    unsafe uv_close(handle, nil)
                }
            }, nil)
        // The last turn still runs what the closing handles left for its end, and who waits for a next one.
        dueTurnWaits.append(contentsOf: turnWaits)
        turnWaits.removeAll()
        endTurn()
        unsafe uv_walk(
            raw,
            { handle, _ in
                guard let handle = unsafe handle, unsafe uv_is_closing(handle) == 0 else { return }
                if let owner = unsafe LoopHandle.at(handle, as: LoopHandle.self) {
                    owner.loopWillStop()
                } else {
                    unsafe uv_close(handle, nil)
                }
            }, nil)
    }

    // MARK: The turn

    /// The least time from one turn to the next while there is something to do, so that a turn of a busy loop gathers more:
    /// fewer waits, and fuller writes. What comes after a quiet spell is done at once. None by default. At most 10 ms.
    package var turnSpacing: Duration {
        get { pacer.spacing }
        set {
            precondition(newValue >= .zero && newValue <= .milliseconds(10), "turns are at most 10 ms apart")
            pacer.spacing = newValue
        }
    }

    /// Lets the next turn follow this one at once: somebody waits for what this one has done.
    package func hurry() { pacer.hurry() }

    private func restBetweenTurns() {
        guard pacer.isPacing, !isIdling, onStopped == nil else { return }
        let rest = pacer.rest(at: uv_hrtime())
        guard rest > 0 else { return }
        var time = timespec(tv_sec: 0, tv_nsec: Int(rest))
        unsafe nanosleep(&time, nil)
        // libuv reckons how long it may wait by its own clock, which it read before.
        unsafe uv_update_time(raw)
    }

    /// Nanoseconds of a clock that all loops share, read once a turn and only if somebody asks: when the loop came to
    /// what it does in this turn.
    package var moment: UInt64 {
        if turnMoment == 0 { turnMoment = uv_hrtime() }
        return turnMoment
    }

    /// Measures the time from `moment`, a ``moment`` of this loop, to when the sockets written to in this turn have been
    /// flushed: with one look at the clock a turn, however many there are.
    package func whenFlushed(since moment: UInt64) { momentsToFlush.append(moment) }

    /// Has the socket flushed when this turn ends.
    func flushAtEndOfTurn(_ socket: StreamSocket) {
        unsafe dirtySockets.append(socket)
    }

    /// The box in which this turn gathers items for one inbox of another loop.
    func outbox<Box: Outbox>(for inbox: AnyObject, make: () -> Box) -> Box {
        if let box = outboxes[ObjectIdentifier(inbox)] as? Box { return box }
        let box = make()
        outboxes[ObjectIdentifier(inbox)] = box
        return box
    }

    private func takeInbound() {
        runInbound()
        guard onStopped != nil else { return }
        // What was accepted after the first taking and before the loop was marked as stopped. The closing comes last: a
        // handle opened behind it would never close.
        runInbound()
        closeEverything()
    }

    private func runInbound() {
        var taken = Inbound()
        inbound.withLock { inbound in
            swap(&taken.jobs, &inbound.jobs)
            swap(&taken.work, &inbound.work)
            inbound.isAwake = false
            _ = publication.load(ordering: .acquiring)
        }
        jobs.append(contentsOf: taken.jobs)
        for work in taken.work { work() }
    }

    private func endTurn() {
        if !dueTurnWaits.isEmpty {
            endOfTurnWork.append(contentsOf: dueTurnWaits)
            dueTurnWaits.removeAll(keepingCapacity: true)
        }
        var round = 0
        while round < Loop.roundsPerTurn, hasWork {
            round += 1
            runJobs()
            if !endOfTurnWork.isEmpty {
                var work: [Work] = []
                swap(&work, &endOfTurnWork)
                for item in work { item.run() }
                if endOfTurnWork.isEmpty {
                    work.removeAll(keepingCapacity: true)
                    swap(&work, &endOfTurnWork)
                }
            }
            guard jobs.isEmpty, endOfTurnWork.isEmpty else { continue }
            flushSockets()
            handOver()
        }
        if round == Loop.roundsPerTurn {
            flushSockets()
            handOver()
        }
        if !momentsToFlush.isEmpty { noteFlushed() }
        turnMoment = 0
        meters.turns.add(1)
        swap(&turnWaits, &dueTurnWaits)
        setIdling(hasWork || !dueTurnWaits.isEmpty)
    }

    private var hasWork: Bool {
        unsafe !(jobs.isEmpty && endOfTurnWork.isEmpty && dirtySockets.isEmpty && outboxes.isEmpty)
    }

    private func runJobs() {
        guard !jobs.isEmpty else { return }
        swap(&jobs, &spareJobs)
        for job in spareJobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
        spareJobs.removeAll(keepingCapacity: spareJobs.count <= 1024)
    }

    private func flushSockets() {
        guard unsafe !dirtySockets.isEmpty else { return }
        var sockets: [StreamSocket] = []
        unsafe swap(&sockets, &dirtySockets)
        var sum = StreamSocket.Flushed()
        for socket in sockets {
            let flushed = socket.flush()
            sum.bytes &+= flushed.bytes
            sum.preparedWrites &+= flushed.preparedWrites
        }
        meters.note(sum)
        if unsafe dirtySockets.isEmpty {
            sockets.removeAll(keepingCapacity: true)
            unsafe swap(&sockets, &dirtySockets)
        }
    }

    private func noteFlushed() {
        let now = uv_hrtime()
        for moment in momentsToFlush { meters.flushLatency.record(Int(now &- moment)) }
        momentsToFlush.removeAll(keepingCapacity: true)
    }

    private func handOver() {
        guard !outboxes.isEmpty else { return }
        for box in outboxes.values { box.handOver() }
        outboxes.removeAll(keepingCapacity: true)
    }

    /// An idle handle keeps libuv from waiting, so that work left over gets the next turn.
    private func setIdling(_ wanted: Bool) {
        guard wanted != isIdling,
            unsafe uv_is_closing(UnsafeRawPointer(idle).assumingMemoryBound(to: uv_handle_t.self)) == 0
        else { return }
        isIdling = wanted
        if wanted { unsafe uv_idle_start(idle) { _ in } } else { unsafe uv_idle_stop(idle) }
    }
}

/// A task that prefers the loop stays on it where its functions belong to no actor.
extension Loop: TaskExecutor {}

extension Loop.Inbound {
    /// Notes that the loop is being woken; true if it was not yet.
    fileprivate mutating func markAwake() -> Bool {
        defer { isAwake = true }
        return !isAwake
    }
}
