package import EventLoop
internal import Glibc
package import Model
package import Telemetry

/// Writes fixes behind: gathers them, commits them in batches, tells who sent them, and tries again when Postgres is away.
///
/// One a loop, with connections of its own, so that no other query waits behind a batch or a batch behind a query.
///
/// `@unchecked Sendable`: confined to its loop. References may be held anywhere, every method is called on `loop` but
/// those that say otherwise.
package final class LocationJournal: FixJournal, @unchecked Sendable {
    package let loop: Loop
    private let limits: JournalLimits
    private let connections: [PostgresConnection]
    private let lastSeen: LastSeenWriter
    private let log: Logger
    private let metrics: PersistenceMetrics
    private let tracer: LoopTracer?
    private let ackLatency = LocalHistogram(buckets: .latency)
    private var buffer: WriteBehindBuffer<JournalUnit>
    private var timer: LoopTimer?
    /// Batches that are still to be written with care, because lately there were rows in one that were stored already.
    private var carefulWrites = 0
    private var known = DeviceKnowledge()
    /// A batch that is taken for new and is not is written twice, and its first rows are litter in the table. So at most one
    /// in so many is, whatever devices send again.
    private static let careAfterRepeats = 64
    private var isStepDue = false
    /// Receipts of fixes that are not to be stored, to be told of at the end of the turn.
    private var unstored: [FixReceipt] = []
    /// Empty between turns; lends `unstored` its memory.
    private var passing: [FixReceipt] = []
    /// What is done at the end of a turn, made once and not in every turn.
    private var stepAtEnd: () -> Void = {}
    private var passAtEnd: () -> Void = {}
    private var isStopping = false
    private var reportedRows = 0
    /// Waits for the buffer to be empty; see ``drain(within:)``.
    private var onDrained: ((Int) -> Void)?
    private var drainTimer: LoopTimer?
    private var isClosed = false
    private let throttle = LogThrottle(every: .seconds(5))

    /// Hears of every committed batch.
    package weak var subscriber: (any CommittedFixSubscriber)?

    /// - Parameter limits: This journal's own; see ``JournalLimits/share(of:)``.
    package init(
        url: String, limits: JournalLimits = JournalLimits(), connection: PostgresLimits = PostgresLimits(),
        on loop: Loop, log: Logger, metrics: PersistenceMetrics, tracer: LoopTracer? = nil
    ) {
        self.loop = loop
        self.tracer = tracer
        metrics.ackLatency.adopt(ackLatency)
        let meters = PostgresMeters(log: log)
        meters.register(in: metrics.registry)
        self.limits = limits
        self.log = log
        self.metrics = metrics
        connections = (0..<max(1, limits.writeBehind.flights)).map { _ in
            PostgresConnection(url: url, limits: connection, on: loop, meters: meters)
        }
        lastSeen = LastSeenWriter(connection: connections[0], limits: limits, log: log)
        buffer = WriteBehindBuffer(limits: limits.writeBehind)
        stepAtEnd = { [weak self] in
            self?.isStepDue = false
            self?.step()
        }
        passAtEnd = { [weak self] in self?.acknowledgeUnstored() }
    }

    /// Begins to connect. Fixes may be appended before.
    package func start() {
        loop.preconditionIsolated()
        for connection in connections {
            connection.onReadinessChange = { [weak self] isReady in
                guard let self else { return }
                // It may be another server that answers next, or one that has gone back in time.
                known.forget()
                guard isReady else { return }
                buffer.resume()
                step()
            }
            connection.start()
        }
    }

    /// Rows taken and neither committed nor refused.
    package var heldRows: Int { buffer.heldRows }

    /// When the oldest of those was received.
    package var oldestHeld: Timestamp? {
        var oldest: Timestamp?
        buffer.forEachHeld { oldest = min(oldest ?? $0.receivedAt, $0.receivedAt) }
        return oldest
    }

    package func append(
        _ fix: Fix, of device: DeviceID, receivedAt: Timestamp, receipt: FixReceipt?
    ) -> Admission {
        take(
            JournalUnit(
                device: device, receivedAt: receivedAt, first: fix, others: [], receipt: receipt,
                trace: tracer?.current))
    }

    package func append(
        _ fixes: [Fix], of device: DeviceID, receivedAt: Timestamp, receipt: FixReceipt?
    ) -> Admission {
        guard let first = fixes.first else {
            loop.execute { receipt.map { $0.receiver.fixesCommitted(token: $0.token) } }
            return .accepted
        }
        return take(
            JournalUnit(
                device: device, receivedAt: receivedAt, first: first, others: Array(fixes.dropFirst()),
                receipt: receipt, trace: tracer?.current))
    }

    package func touch(_ device: DeviceID, at moment: Timestamp) {
        loop.preconditionIsolated()
        lastSeen.note(device, at: moment)
    }

    /// Writes what is held without gathering, and closes. Callable from any thread; a second call does nothing.
    ///
    /// - Returns: How many rows could not be written within `deadline`; their receipts hear ``FixRefusal/stopping``.
    package func drain(within deadline: Duration) async -> Int {
        await withCheckedContinuation { continuation in
            loop.execute { self.beginDraining(within: deadline) { continuation.resume(returning: $0) } }
        }
    }

    private func take(_ unit: consuming JournalUnit) -> Admission {
        loop.preconditionIsolated()
        guard limits.storesFixes else { return pass(unit.receipt) }
        let rowCount = unit.rowCount
        let admission = isStopping ? .dropped : buffer.append(unit)
        if admission == .dropped {
            metrics.rowsDropped.increment(by: rowCount)
        } else if !isStepDue {
            // Once a turn: what the turn brings is written together.
            isStepDue = true
            loop.atEndOfTurn(stepAtEnd)
        }
        return admission
    }

    /// Takes what is not to be stored: it is acknowledged as what is, after the caller has returned.
    private func pass(_ receipt: FixReceipt?) -> Admission {
        guard !isStopping else { return .dropped }
        guard let receipt else { return .accepted }
        if unstored.isEmpty { loop.atEndOfTurn(passAtEnd) }
        unstored.append(receipt)
        return .accepted
    }

    private func acknowledgeUnstored() {
        swap(&unstored, &passing)
        for index in passing.indices { passing[index].receiver.fixesCommitted(token: passing[index].token) }
        passing.removeAll(keepingCapacity: true)
    }

    /// Does what the buffer says until there is nothing to do but wait.
    private func step() {
        defer { reportHeldRows() }
        // Without a connection there is nothing to decide; the first one that is ready calls again.
        while let connection = freeConnection() {
            switch buffer.next(at: .milliseconds(Int64(loop.now.milliseconds))) {
            case .wait: return
            case .startTimer(let delay):
                timer?.cancel()
                timer = loop.schedule(after: delay) { [weak self] in self?.step() }
                return
            case .write(let batch): write(batch, on: connection)
            }
        }
    }

    /// The ready connection with the least in flight.
    private func freeConnection() -> PostgresConnection? {
        connections.filter(\.isReady).min { $0.inFlightCount < $1.inFlightCount }
    }

    private func write(_ batch: WriteBehindBuffer<JournalUnit>.Batch, on connection: PostgresConnection) {
        let start = ContinuousClock.now
        let areNew = carefulWrites == 0
        let lookup = areNew ? known.lookup(for: batch) : DeviceKnowledge.fullLookup(for: batch)
        let queries = [LocationStatements.insertion(of: batch, areNew: areNew, lookup: lookup)]
        carefulWrites = max(0, carefulWrites - 1)
        let flush = tracer.flatMap { FlushSpan.begin(batch, $0.tracer) }
        let sql = SQLSpan.begin(queries, tracer?.tracer, in: flush?.context)
        connection.submit(queries, timeout: limits.writeTimeout) {
            [weak self] outcome in
            sql?.end(outcome)
            flush?.end(outcome)
            guard let self, !isClosed else { return }
            switch outcome {
            case .success(let results):
                metrics.flushDuration.record(start.duration(to: .now))
                let outcome = LocationStatements.outcome(of: results[0])
                if outcome.wereThere { writeWithCare() }
                known.learn(from: outcome, lookup: lookup, of: batch)
                committed(batch, unknown: outcome.unknown)
            case .failure(let error): failed(batch, with: error)
            }
            step()
            finishDrainingIfEmpty()
        }
    }

    private func writeWithCare() { carefulWrites = LocationJournal.careAfterRepeats }

    private func committed(_ batch: WriteBehindBuffer<JournalUnit>.Batch, unknown: Set<UniqueID>) {
        buffer.committed(batch.id)
        metrics.flushes.increment()
        metrics.flushRows.record(batch.rowCount)
        var refusedRows = 0
        if let subscriber {
            var fixes: [CommittedFix] = []
            fixes.reserveCapacity(batch.rowCount)
            batch.forEachRow { row in
                guard unknown.isEmpty || !unknown.contains(row.device.rawValue) else { return }
                fixes.append(CommittedFix(device: row.device, fix: row.fix, receivedAt: row.receivedAt))
            }
            subscriber.fixesCommitted(fixes)
        }
        let now = LocationJournal.now
        for index in batch.units.indices {
            ackLatency.record(Int(max(0, now - batch.units[index].receivedAt.milliseconds)) * 1_000_000)
            let isUnknown = !unknown.isEmpty && unknown.contains(batch.units[index].device.rawValue)
            if isUnknown { refusedRows += batch.units[index].rowCount }
            guard let receipt = batch.units[index].receipt else { continue }
            if isUnknown {
                receipt.receiver.fixesRefused(token: receipt.token, .deviceUnknown)
            } else {
                receipt.receiver.fixesCommitted(token: receipt.token)
            }
        }
        metrics.rowsCommitted.increment(by: batch.rowCount - refusedRows)
        metrics.rowsRefused.increment(by: refusedRows)
    }

    /// Milliseconds since the epoch, as the hub's clock reckons what it receives.
    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private func failed(_ batch: WriteBehindBuffer<JournalUnit>.Batch, with error: PostgresError) {
        if error.sqlState?.refusesData == true {
            guard let unit = buffer.refused(batch.id) else { return }
            metrics.rowsRefused.increment(by: unit.rowCount)
            log.log(
                .error, "locations refused by the database",
                [
                    "device": .string(unit.device.description), "rows": .integer(unit.rowCount),
                    "error": .string(error.debugDescription),
                ], throttle: throttle)
            unit.receipt.map { $0.receiver.fixesRefused(token: $0.token, .rowRefused) }
            return
        }
        // Whatever else it is (the server away, a missing right, a missing table), it is not the rows' fault.
        metrics.flushRetries.increment()
        // The outcome may be unknown, and the rows there.
        writeWithCare()
        buffer.failed(batch.id, at: .milliseconds(Int64(loop.now.milliseconds))) {
            limits.writeBehind.backoff.delay(afterFailures: $0)
        }
        log.log(
            .warning, "locations not written yet",
            ["rows": .integer(batch.rowCount), "error": .string(error.debugDescription)], throttle: throttle)
    }

    private func reportHeldRows() {
        let held = buffer.heldRows
        if held != reportedRows { metrics.rowsHeld.add(held - reportedRows) }
        reportedRows = held
    }

    private func beginDraining(within deadline: Duration, _ completion: @escaping (Int) -> Void) {
        guard !isStopping else { return completion(0) }
        isStopping = true
        buffer.drain()
        onDrained = completion
        lastSeen.onIdle = { [weak self] in self?.finishDrainingIfEmpty() }
        timer?.cancel()
        lastSeen.flush()
        step()
        finishDrainingIfEmpty()
        guard onDrained != nil else { return }
        drainTimer = loop.schedule(after: deadline) { [weak self] in self?.finishDraining() }
    }

    private func finishDrainingIfEmpty() {
        if isStopping, buffer.isEmpty, lastSeen.isIdle { finishDraining() }
    }

    private func finishDraining() {
        guard let onDrained else { return }
        self.onDrained = nil
        isClosed = true
        drainTimer?.cancel()
        timer?.cancel()
        lastSeen.stop()
        let abandoned = buffer.abandon()
        reportHeldRows()
        for unit in abandoned { unit.receipt.map { $0.receiver.fixesRefused(token: $0.token, .stopping) } }
        for connection in connections { connection.close() }
        onDrained(abandoned.reduce(0) { $0 + $1.rowCount })
    }
}
