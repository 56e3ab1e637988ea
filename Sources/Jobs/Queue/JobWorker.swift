internal import Persistence
internal import Telemetry

/// Does the queued jobs of the kinds that this hub has handlers for, each in a task of its own and no more of a kind at a
/// time than it allows.
actor JobWorker {
    private let handlers: [String: JobHandler]
    private let queue: JobQueue
    private let store: JobQueueStore
    private let holder: String
    private let limits: JobWorkerLimits
    private let metrics: JobMetrics
    private let log: Logger
    private var slots: JobSlots
    private let bell: JobBell
    /// One a job under way; each ends by itself or by ``stop(within:)``.
    private var runs: [JobQueueStore.Claim.Name: Task<Void, Never>] = [:]
    private var attempts: [JobQueueStore.Claim.Name: JobAttempt] = [:]
    private let idle = JobBell()
    private var isStopping = false
    /// Whether a claim is under way, which may bring jobs after the stop has begun.
    private var isClaiming = false
    private let stopTimes: JobStopTimes

    init(
        handlers: [JobHandler], queue: JobQueue, holder: String, limits: JobWorkerLimits, stopTimes: JobStopTimes,
        metrics: JobMetrics, log: Logger
    ) {
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.name, $0) })
        self.queue = queue
        (store, bell) = queue.worker
        self.holder = holder
        self.limits = limits
        self.stopTimes = stopTimes
        self.metrics = metrics
        self.log = log
        slots = JobSlots(handlers)
    }

    /// Until the task is cancelled or ``stop(within:)`` is called. Jobs that are under way then go on until the latter.
    func run() async {
        guard !handlers.isEmpty else { return }
        queue.listen()
        var failures = 0
        var counted: ContinuousClock.Instant?
        while !isStopping, !Task.isCancelled {
            var wait = limits.pollInterval
            do throws(PostgresError) {
                let now = ContinuousClock.now
                if counted.map({ $0.duration(to: now) >= limits.countInterval }) ?? true {
                    counted = now
                    try await count()
                }
                wait = try await claim()
                failures = 0
            } catch {
                if error == .closed { return }
                failures += 1
                if failures == 1 { log.warning("no jobs could be taken", ["reason": .string(error.description)]) }
                // Or until it is back, when it is listened to again and the bell rings.
                wait = Backoff(shortest: limits.retryInterval, longest: max(limits.retryInterval, .seconds(30)))
                    .delay(afterFailures: failures)
            }
            await bell.wait(upTo: wait)
        }
    }

    /// Takes what there is for the free places. A place that becomes free rings the bell, so that a backlog is worked off
    /// without a wait.
    ///
    /// - Returns: In how long to look again, if nobody rings before.
    private func claim() async throws(PostgresError) -> Duration {
        // Not all hubs at the same moment.
        let longest = limits.pollInterval * Double.random(in: 0.8...1)
        let wants = slots.wants()
        guard !wants.isEmpty, !isStopping else { return longest }
        let asked = ContinuousClock.now
        isClaiming = true
        let look: JobQueueStore.Look
        do throws(PostgresError) {
            look = try await store.look(wants, by: holder)
        } catch {
            isClaiming = false
            await idle.ring()
            throw error
        }
        for claim in look.claims {
            guard let handler = handlers[claim.kind] else { continue }
            guard !isStopping else {
                // One that cannot be given back is taken over after its lease.
                _ = try? await store.release(claim)
                continue
            }
            slots.began(claim.kind)
            metrics.running.with(claim.kind).set(slots.running(claim.kind))
            runs[claim.name] = Task { await execute(claim, handler, askedAt: asked) }
        }
        isClaiming = false
        await idle.ring()
        // A kind without a free place is looked at when it has one.
        let dueIn = look.dueIn.filter { slots.hasPlace(for: $0.key) }.values.min() ?? longest
        return min(longest, dueIn > .zero ? dueIn + JobWorker.slack : limits.retryInterval)
    }

    /// By how much later than a job falls due it is looked for, so that it is not missed by the difference of two clocks.
    private static let slack = Duration.milliseconds(10)

    private func count() async throws(PostgresError) {
        let depths = try await store.depths()
        for name in handlers.keys {
            let depth = depths.first { $0.kind == name }
            metrics.waiting.with(name).set(depth?.waiting ?? 0)
            metrics.dead.with(name).set(depth?.dead ?? 0)
        }
    }

    private func execute(
        _ claim: JobQueueStore.Claim, _ handler: JobHandler, askedAt start: ContinuousClock.Instant
    ) async {
        let attempt = JobAttempt(timeLimit: handler.timeLimit, lease: handler.lease, askedAt: start) {
            [store] timeout throws(PostgresError) in
            try await store.renew(claim, lease: handler.lease, timeout: timeout)
        }
        attempts[claim.name] = attempt
        if isStopping { await attempt.cancel() }
        let lease = JobLease(
            job: claim.kind, attempt: claim.attempt, proof: JobQueueStore.proof(claim),
            retirement: JobQueueStore.retirement(claim))
        let ending = await attempt.run {
            try await handler.work(claim.payload, lease)
            return [:]
        }
        let result = await settle(ending, of: claim, handler)
        let duration = start.duration(to: .now)
        metrics.attempts.with(claim.kind, result).increment()
        metrics.attemptTimes.with(claim.kind).record(duration)
        note(result, ending, of: claim, after: duration)
        // A handler that takes no notice of its end keeps its place, so that such ones cannot pile up.
        await attempt.workHasEnded()
        attempts[claim.name] = nil
        runs[claim.name] = nil
        slots.ended(claim.kind)
        metrics.running.with(claim.kind).set(slots.running(claim.kind))
        await idle.ring()
        await bell.ring()
    }

    /// Notes the end in the database, for as long as the lease lasts while that is away: after it the job is anybody's.
    ///
    /// - Returns: What became of it: `done`, `retried`, `dead`, `released`, `fenced` or `lost`.
    private func settle(_ ending: JobEnding, of claim: JobQueueStore.Claim, _ handler: JobHandler) async -> String {
        let deadline = ContinuousClock.now + handler.lease
        var failures = 0
        while true {
            do throws(PostgresError) {
                return try await settleOnce(ending, of: claim, handler)
            } catch {
                failures += 1
                let pause = Backoff(shortest: .milliseconds(100)).delay(afterFailures: failures)
                guard error.isTransient, ContinuousClock.now + pause < deadline else { return "lost" }
                guard (try? await Task.sleep(for: pause)) != nil else { return "lost" }
            }
        }
    }

    private func settleOnce(
        _ ending: JobEnding, of claim: JobQueueStore.Claim, _ handler: JobHandler
    ) async throws(PostgresError) -> String {
        switch ending {
        case .done: return try await store.complete(claim) ? "done" : "fenced"
        case .cancelled: return try await store.release(claim) ? "released" : "fenced"
        case .leaseLost, .timedOut, .failed:
            var delay = handler.backoff.delay(afterFailures: claim.attempt)
            var isPermanent = false
            if case .failed(let error as JobFailure) = ending {
                switch error {
                case .permanent: isPermanent = true
                case .notYet(_, let wanted): delay = wanted
                }
            }
            let outcome = try await store.fail(
                claim, reason: ending.fault ?? "", delay: delay, isPermanent: isPermanent)
            switch outcome {
            case .retried: return "retried"
            case .dead: return "dead"
            case .refused: return "fenced"
            }
        }
    }

    private func note(_ result: String, _ ending: JobEnding, of claim: JobQueueStore.Claim, after duration: Duration) {
        var fields: LogFields = [
            "kind": .string(claim.kind), "job_id": .string("\(claim.id)"), "attempt": .integer(claim.attempt),
            "duration_ms": .milliseconds(duration),
        ]
        if let fault = ending.fault { fields.append("reason", .string(fault)) }
        switch result {
        case "done", "released": log.debug("queued job ended", fields)
        case "retried": log.warning("queued job failed and is tried again", fields)
        case "dead": log.error("queued job given up", fields)
        case "fenced": log.warning("queued job was taken over; its end was refused", fields)
        default: log.warning("queued job's end not recorded; it will be done again", fields)
        }
    }

    /// Takes no more jobs and waits for those under way; cancels them when the time is over, which gives them back, and
    /// leaves those that take no notice of that, as long as ``JobStopTimes`` says.
    func stop(within limit: Duration) async {
        isStopping = true
        await bell.ring()
        await waitUntilIdle(upTo: limit)
        for attempt in attempts.values { await attempt.cancel() }
        await waitUntilIdle(upTo: stopTimes.notice)
        for attempt in attempts.values { await attempt.abandon() }
        // Their ends are still to be noted.
        await waitUntilIdle(upTo: stopTimes.record)
    }

    private func waitUntilIdle(upTo limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while isClaiming || !runs.isEmpty, ContinuousClock.now < deadline {
            await idle.wait(upTo: ContinuousClock.now.duration(to: deadline))
        }
    }
}
