package import Model

/// What is written together or not at all.
package protocol WriteBehindUnit {
    /// At least 1.
    var rowCount: Int { get }
}

/// Decides when rows are written, what is written again and what has to be given up; reads no clock and touches no
/// database.
///
/// A unit is held from ``append(_:)`` until it is committed or refused: nothing taken is ever dropped. Moments are
/// counted from any fixed start, and never go back.
package struct WriteBehindBuffer<Unit: WriteBehindUnit>: ~Copyable {
    /// Units that are in one statement.
    package struct Batch {
        package let id: UInt64
        package let units: [Unit]
        package let rowCount: Int
    }

    package enum Action {
        /// Nothing to do until something is appended or a write ends.
        case wait
        /// Ask again after this long, in place of a timer that still runs.
        case startTimer(Duration)
        /// Write it, tell how it ended, and ask again at once.
        case write(Batch)
    }

    private let limits: WriteBehindLimits
    /// Units not yet in a batch; those before `head` are gone.
    private var pending: [Unit] = []
    private var head = 0
    private var pendingRows = 0
    /// Batches to be written again as they are, before anything new.
    private var retries: [Batch] = []
    private var inFlight: [Batch] = []
    private var nextID: UInt64 = 0
    private var lastWrite: Duration?
    private var resumeAt: Duration?
    private var isDraining = false

    /// Rows taken and neither committed nor refused.
    package private(set) var heldRows = 0
    /// Failures since the last success.
    package private(set) var failures = 0

    package init(limits: WriteBehindLimits) { self.limits = limits }

    package var isEmpty: Bool { heldRows == 0 }
    package var flightCount: Int { inFlight.count }

    /// Takes a unit, unless that would pass the high-water mark. An empty buffer takes a unit of any size.
    package mutating func append(_ unit: consuming Unit) -> Admission {
        guard heldRows + unit.rowCount <= limits.highWater || heldRows == 0 else { return .dropped }
        let rows = unit.rowCount
        pending.append(unit)
        pendingRows += rows
        heldRows += rows
        return heldRows > limits.highWater / 2 ? .congested : .accepted
    }

    /// What is to be done at `now`.
    package mutating func next(at now: Duration) -> Action {
        guard inFlight.count < limits.flights, heldRows > 0 else { return .wait }
        if let resumeAt {
            guard now >= resumeAt else { return .startTimer(resumeAt - now) }
            self.resumeAt = nil
        }
        if let batch = retries.popLast() { return start(batch, at: now) }
        guard pendingRows > 0 else { return .wait }
        if !isDraining, pendingRows < limits.batchRows, let lastWrite {
            let due = lastWrite + (inFlight.isEmpty ? limits.pace : limits.pace * WriteBehindLimits.pacesBeside)
            guard now >= due else { return .startTimer(due - now) }
        }
        return start(takePending(), at: now)
    }

    /// The batch is committed.
    package mutating func committed(_ id: UInt64) {
        guard let batch = land(id) else { return }
        heldRows -= batch.rowCount
        failures = 0
    }

    /// The batch may or may not have been committed: it is written again, after `delay`.
    package mutating func failed(_ id: UInt64, at now: Duration, retryAfter delay: (_ failures: Int) -> Duration) {
        guard let batch = land(id) else { return }
        failures += 1
        resumeAt = now + delay(failures)
        retries.append(batch)
    }

    /// Postgres refused the batch, and nothing of it is kept. It is halved until the unit to blame is alone.
    ///
    /// - Returns: That unit, which is then no longer held, or `nil` while it is still being looked for.
    package mutating func refused(_ id: UInt64) -> Unit? {
        guard let batch = land(id) else { return nil }
        guard batch.units.count > 1 else {
            heldRows -= batch.rowCount
            return batch.units[0]
        }
        let middle = batch.units.count / 2
        // Taken from the end: the first half comes first.
        retries.append(makeBatch(Array(batch.units[middle...])))
        retries.append(makeBatch(Array(batch.units[..<middle])))
        return nil
    }

    /// Forgets the wait after a failure, because the cause is known to have gone.
    package mutating func resume() { resumeAt = nil }

    /// From now on everything is written without gathering.
    package mutating func drain() { isDraining = true }

    /// Gives up everything held; what is in flight may still be committed.
    package mutating func abandon() -> [Unit] {
        var units = inFlight.flatMap(\.units) + retries.reversed().flatMap(\.units)
        units += pending[head...]
        pending = []
        head = 0
        pendingRows = 0
        retries = []
        inFlight = []
        heldRows = 0
        return units
    }

    /// Everything taken and neither committed nor refused, in no order.
    package func forEachHeld(_ body: (Unit) -> Void) {
        for batch in inFlight { batch.units.forEach(body) }
        for batch in retries { batch.units.forEach(body) }
        pending[head...].forEach(body)
    }

    private mutating func start(_ batch: Batch, at now: Duration) -> Action {
        lastWrite = now
        inFlight.append(batch)
        return .write(batch)
    }

    /// As many whole units as fit into a batch, one at least.
    private mutating func takePending() -> Batch {
        if head == 0, pendingRows <= limits.backlogRows {
            // All of them, as is usual: moved and not copied, and as many are expected again.
            var units: [Unit] = []
            units.reserveCapacity(min(pending.count, limits.batchRows))
            swap(&units, &pending)
            pendingRows = 0
            return makeBatch(units)
        }
        var end = head
        var rows = 0
        while end < pending.count, rows == 0 || rows + pending[end].rowCount <= limits.backlogRows {
            rows += pending[end].rowCount
            end += 1
        }
        let batch = makeBatch(Array(pending[head..<end]))
        head = end
        pendingRows -= rows
        if head == pending.count {
            pending.removeAll(keepingCapacity: head <= 2 * limits.backlogRows)
            head = 0
        } else if head >= 4096 {
            pending.removeFirst(head)
            head = 0
        }
        return batch
    }

    private mutating func makeBatch(_ units: [Unit]) -> Batch {
        nextID += 1
        var rowCount = 0
        for index in units.indices { rowCount += units[index].rowCount }
        return Batch(id: nextID, units: units, rowCount: rowCount)
    }

    private mutating func land(_ id: UInt64) -> Batch? {
        guard let index = inFlight.firstIndex(where: { $0.id == id }) else { return nil }
        return inFlight.remove(at: index)
    }
}

extension WriteBehindBuffer.Batch: Equatable where Unit: Equatable {}
extension WriteBehindBuffer.Action: Equatable where Unit: Equatable {}
