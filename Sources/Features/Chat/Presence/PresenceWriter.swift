internal import Model
internal import Persistence
internal import Telemetry

/// Writes what people declared and when they were last seen, behind: of each person the latest only.
///
/// An actor of its loop: entered by `assumeIsolated` from there.
@safe actor PresenceWriter {
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor }

    private nonisolated let executor: UnownedSerialExecutor
    private let store: any PresenceStore
    private let scheduler: any LiveScheduler
    private let limits: PresenceLimits
    private let logger: Logger
    private var declarations: LatestBuffer<UserID, PresenceDeclaration>
    private var moments: LatestBuffer<UserID, Timestamp>
    private var timer: (any ScheduledWork)?
    private var isWriting = false
    private var drainWait = DrainWait()
    private var isClosed = false
    private var failures = 0
    private let backoff = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
    private let throttle = LogThrottle(every: .seconds(10))

    init(store: any PresenceStore, on scheduler: any LiveScheduler, limits: PresenceLimits, logger: Logger) {
        self.store = store
        self.scheduler = scheduler
        self.limits = limits
        self.logger = logger
        declarations = LatestBuffer(capacity: limits.capacity)
        moments = LatestBuffer(capacity: limits.capacity)
        unsafe executor = scheduler.executor.asUnownedSerialExecutor()
    }

    func note(_ declaration: PresenceDeclaration) {
        declarations.note(declaration, for: declaration.user)
        arm(after: limits.writeDelay)
    }

    func note(seen user: UserID, at moment: Timestamp) {
        moments.note(moment, for: user)
        arm(after: limits.writeDelay)
    }

    /// Writes what waits and what is noted meanwhile, until nothing waits or the time is over. What sessions say that are
    /// still open after that is written as ever. For a hub that stops, once.
    func drain(within deadline: Duration) async {
        guard !drainWait.isUnderWay, !isClosed else { return }
        timer?.cancel()
        timer = nil
        await withCheckedContinuation { continuation in
            drainWait.begin(
                continuation,
                until: scheduler.schedule(after: deadline) { [weak self] in
                    self?.assumeIsolated { $0.drainWait.end() }
                })
            if isWriting { return }
            if declarations.isEmpty && moments.isEmpty { drainWait.end() } else { fire() }
        }
    }

    func close() {
        isClosed = true
        timer?.cancel()
        timer = nil
        drainWait.end()
    }

    private func arm(after delay: Duration) {
        guard timer == nil, !isWriting, !isClosed else { return }
        timer = scheduler.schedule(after: delay) { [weak self] in self?.assumeIsolated { $0.fire() } }
    }

    private func fire() {
        timer = nil
        Task { await self.write() }
    }

    private func write() async {
        guard !isWriting, !(declarations.isEmpty && moments.isEmpty) else { return }
        isWriting = true
        let declared = declarations.takeAll()
        let seen = moments.takeAll()
        do throws(PostgresError) {
            if !declared.isEmpty { try await store.declare(declared.map(\.value)) }
            if !seen.isEmpty { try await store.seen(seen.map { (user: $0.key, at: $0.value) }) }
            failures = 0
        } catch {
            failures += 1
            // What is newer by now stays; to write one of them twice does no harm.
            for item in declared { declarations.note(item.value, for: item.key) }
            for item in seen { moments.note(item.value, for: item.key) }
            logger.log(
                .warning, "presence could not be written yet",
                ["people": .integer(declared.count + seen.count), "error": .string(error.debugDescription)],
                throttle: throttle)
        }
        isWriting = false
        guard !(declarations.isEmpty && moments.isEmpty) else { return drainWait.end() }
        let pause = drainWait.isUnderWay ? .zero : limits.writeDelay
        arm(after: failures == 0 ? pause : backoff.delay(afterFailures: failures))
    }
}
