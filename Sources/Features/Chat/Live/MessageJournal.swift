package import Model
package import Persistence
package import Telemetry

/// Writes the messages of all conversations of one loop behind: gathers them, has them committed in batches, and tells the
/// conversations how each ended, in the order they came.
///
/// One batch at a time, so that two messages of one conversation are never in two transactions at once and their order is
/// the order they came in. What Postgres did not answer is written again, before anything newer; that it may have been
/// committed is harmless (``ConversationStore/append(_:at:)``). Once as many messages wait as may, none is taken.
///
/// An actor of its loop: entered by `assumeIsolated` from there.
@safe package actor MessageJournal {
    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe executor }

    private nonisolated let executor: UnownedSerialExecutor
    private let store: any ConversationStore
    private let limits: WriteBehindLimits
    private let scheduler: any LiveScheduler
    private let clock: any LiveClock
    private let logger: Logger
    private let meters: ChatMeters
    private var buffer: WriteBehindBuffer<MessageUnit>
    /// Batches that are written again though they may have been committed.
    private var uncertain: Set<UInt64> = []
    private var timer: (any ScheduledWork)?
    private var isStepDue = false
    private var isStopping = false
    private var isClosed = false
    private var onDrained: (@Sendable (Int) -> Void)?
    private var drainTimer: (any ScheduledWork)?
    private let throttle = LogThrottle(every: .seconds(5))

    /// - Parameter limits: This journal's own; `flights` is 1 whatever they say.
    package init(
        store: any ConversationStore, limits: WriteBehindLimits, on scheduler: any LiveScheduler,
        clock: any LiveClock, logger: Logger, meters: ChatMeters
    ) {
        self.store = store
        self.limits = limits
        self.scheduler = scheduler
        self.clock = clock
        self.logger = logger
        self.meters = meters
        unsafe executor = scheduler.executor.asUnownedSerialExecutor()
        var ordered = limits
        ordered.flights = 1
        buffer = WriteBehindBuffer(limits: ordered)
    }

    /// Messages taken and neither stored nor refused.
    var heldMessages: Int { buffer.heldRows }

    /// - Returns: ``Admission/dropped`` if it was not taken, because too many wait or the hub stops.
    func append(_ unit: MessageUnit) -> Admission {
        guard !isStopping else { return .dropped }
        let admission = buffer.append(unit)
        guard admission != .dropped else {
            meters.dropped.increment()
            return admission
        }
        meters.held.add(1)
        guard !isStepDue else { return admission }
        // Once a turn: what the turn brings is written together.
        isStepDue = true
        scheduler.atEndOfTurn { [weak self] in self?.assumeIsolated { $0.endOfTurn() } }
        return admission
    }

    /// Writes what is held without gathering, and takes nothing more.
    ///
    /// - Returns: How many messages could not be stored within `deadline`; their senders are told
    ///   ``AppendFailure/stopping``.
    package func drain(within deadline: Duration) async -> Int {
        guard !isStopping else { return 0 }
        return await withCheckedContinuation { continuation in
            isStopping = true
            buffer.drain()
            onDrained = { continuation.resume(returning: $0) }
            timer?.cancel()
            step()
            guard !buffer.isEmpty else { return finishDraining() }
            drainTimer = scheduler.schedule(after: deadline) { [weak self] in
                self?.assumeIsolated { $0.finishDraining() }
            }
        }
    }

    private func endOfTurn() {
        isStepDue = false
        step()
    }

    /// Does what the buffer says until there is nothing to do but wait.
    private func step() {
        while !isClosed {
            switch buffer.next(at: now) {
            case .wait: return
            case .startTimer(let delay):
                timer?.cancel()
                timer = scheduler.schedule(after: delay) { [weak self] in self?.assumeIsolated { $0.step() } }
                return
            case .write(let batch): Task { await self.write(batch) }
            }
        }
    }

    /// One task a batch, not a message.
    private func write(_ batch: WriteBehindBuffer<MessageUnit>.Batch) async {
        let start = scheduler.moment
        let result: Result<[AppendOutcome], ConversationStoreError>
        do throws(ConversationStoreError) {
            result = .success(try await store.append(batch.units.map(\.message), at: clock.now))
        } catch {
            result = .failure(error)
        }
        guard !isClosed else { return }
        switch result {
        case .success(let outcomes): committed(batch, outcomes, after: scheduler.moment &- start)
        case .failure(let error): failed(batch, error)
        }
        step()
        if isStopping, buffer.isEmpty { finishDraining() }
    }

    private func committed(
        _ batch: WriteBehindBuffer<MessageUnit>.Batch, _ outcomes: [AppendOutcome], after nanoseconds: UInt64
    ) {
        precondition(outcomes.count == batch.units.count, "a batch of messages has an outcome for each")
        buffer.committed(batch.id)
        let wasUncertain = uncertain.remove(batch.id) != nil
        meters.batches.increment()
        meters.held.add(-batch.rowCount)
        meters.flushLatency.record(Int(clamping: nanoseconds))
        for (unit, outcome) in zip(batch.units, outcomes) {
            unit.conversation.assumeIsolated { $0.ended(unit.message, outcome, wasUncertain: wasUncertain) }
        }
    }

    private func failed(
        _ batch: WriteBehindBuffer<MessageUnit>.Batch, _ error: ConversationStoreError
    ) {
        if error == .unavailable { uncertain.insert(batch.id) }
        // Two hubs that stored one message at once: the second try finds it.
        if case .refused(let state) = error, state != SQLState.uniqueViolation.code {
            uncertain.remove(batch.id)
            guard let unit = buffer.refused(batch.id) else { return }
            meters.held.add(-1)
            logger.log(
                .error, "a message was refused by the database", ["error": .string("\(error)")],
                throttle: throttle)
            unit.conversation.assumeIsolated { $0.failed(unit.message, .rowRefused) }
            return
        }
        meters.retries.increment()
        buffer.failed(batch.id, at: now) { limits.backoff.delay(afterFailures: $0) }
        logger.log(
            .warning, "messages not written yet",
            ["messages": .integer(batch.rowCount), "error": .string("\(error)")], throttle: throttle)
    }

    private func finishDraining() {
        guard let onDrained else { return }
        self.onDrained = nil
        isClosed = true
        drainTimer?.cancel()
        timer?.cancel()
        let abandoned = buffer.abandon()
        meters.held.add(-abandoned.count)
        for unit in abandoned { unit.conversation.assumeIsolated { $0.failed(unit.message, .stopping) } }
        onDrained(abandoned.count)
    }

    private var now: Duration { .milliseconds(scheduler.now.milliseconds) }
}
