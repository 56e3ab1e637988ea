package import Journeys
package import Model
package import Persistence

/// Works points into records, in transactions of bounded size that can be taken up where they were left.
package struct RecordKeeper: Sendable {
    private let store: PostgresRecordStore
    private let atlas: any CellAtlas
    private let limits: RecordLimits
    private let known = KnownCells()
    /// Before when live locations may have been removed.
    private let horizon: @Sendable () -> Timestamp?

    /// - Parameter horizon: Before when live locations may have been removed; nothing for never.
    package init(
        store: PostgresRecordStore, atlas: any CellAtlas, limits: RecordLimits = RecordLimits(),
        horizon: @escaping @Sendable () -> Timestamp? = { nil }
    ) {
        self.store = store
        self.atlas = atlas
        self.limits = limits
        self.horizon = horizon
    }

    /// Works in all that is not, and tells what was discovered by it.
    ///
    /// Two that do this at once for one person hinder each other and nothing worse: what one has done, the other reads.
    ///
    /// - Parameters:
    ///   - limit: After which it returns once something is worked in; the rest stays marked. Nothing for no limit.
    ///   - found: Told of each part of which something was discovered or a day was new, which may be the latter alone.
    /// - Returns: What was read last, if it can go on with what comes next.
    ///
    /// What erased devices have left in the record (docs/adr/0051) is taken out first.
    @discardableResult
    package func workIn(
        for user: UserID, within limit: Duration? = nil,
        _ found: ([PostgresRecordStore.Discovery]) async -> Void = { _ in }
    ) async throws(PostgresError) -> KeptReading? {
        var failures = 0
        var kept: KeptReading?
        let deadline = limit.map { ContinuousClock.now.advanced(by: $0) }
        // Asked once: it moves on with the time, and what begins at the former one would begin before the next.
        let moment = horizon()
        var gaps: [Range<Timestamp>]?
        var hasTakenUp = false
        while let state = try await store.state(of: user) {
            do throws(PostgresError) {
                if state.hasErased, !hasTakenUp {
                    try await store.takeUpErased(of: user, horizon: moment)
                    (hasTakenUp, gaps, kept) = (true, nil, nil)
                    continue
                }
                guard let dirty = state.dirty else {
                    guard state.hasErased else { return kept }
                    try await store.finishErased(of: user, at: state.version, horizon: moment)
                    (hasTakenUp, gaps, kept) = (false, nil, nil)
                    continue
                }
                let known = try await known(gaps, of: user, state, before: moment)
                gaps = known
                let part = WorkPart(of: dirty, gaps: known)
                switch part.points {
                case .all: kept = try await work(through: part, state, for: user, until: deadline, found)
                case .ingested:
                    try await note(part, state, for: user, found)
                    kept = nil
                }
                failures = 0
                if let deadline, ContinuousClock.now >= deadline { return kept }
            } catch {
                failures += 1
                guard error.sqlState == .serializationFailure, failures < limits.attempts else { throw error }
            }
        }
        return kept
    }

    /// When live locations counted that may be gone.
    private func known(
        _ gaps: [Range<Timestamp>]?, of user: UserID, _ state: PostgresRecordStore.State, before moment: Timestamp?
    ) async throws(PostgresError) -> [Range<Timestamp>] {
        if let gaps { return gaps }
        guard let moment, let since = state.liveSince, since < moment else { return [] }
        var gaps = try await store.gaps(of: user, before: moment)
        if let last = gaps.last, last.upperBound == moment {
            gaps[gaps.count - 1] = last.lowerBound..<(try await store.horizon(moment, of: user))
        }
        return gaps
    }

    /// Goes on where a reading ended.
    ///
    /// - Throws: With SQLSTATE 40001 if the record is another one by now; then the reading is of no use.
    package func goOn(
        with kept: KeptReading, for user: UserID, _ found: ([PostgresRecordStore.Discovery]) async -> Void = { _ in }
    ) async throws(PostgresError) -> KeptReading {
        var kept = kept
        var hasMore = true
        while hasMore {
            let next = Timestamp(milliseconds: kept.reading.last.milliseconds + 1)
            let page = try await store.track(of: user, from: next, limit: limits.pagePoints)
            hasMore = page.hasMore
            if page.points.isEmpty { break }
            for point in page.points { add(point, to: &kept.reading, KnownRecord()) }
            let change = kept.reading.take(isAll: !hasMore)
            try await apply(change, to: user, at: kept.version, found)
            kept.version += 1
        }
        return kept
    }

    /// One reading, from the change to where what was known holds again, or until the time is over and less is left than was.
    private func work(
        through part: WorkPart, _ state: PostgresRecordStore.State, for user: UserID,
        until deadline: ContinuousClock.Instant?, _ found: ([PostgresRecordStore.Discovery]) async -> Void
    ) async throws(PostgresError) -> KeptReading? {
        let isAtEnd = part.end == nil && (state.workedTo.map { $0 < part.span.lowerBound } ?? true)
        let start = try await store.start(for: user, dirty: part.span, isAtEnd: isAtEnd, floor: part.floor)
        var reading = RecordReading(from: start)
        var version = state.version
        var next = start.point
        while true {
            var (points, hasMore) = try await store.track(of: user, from: next, limit: limits.pagePoints)
            if let end = part.end, let past = points.firstIndex(where: { $0.time >= end }) {
                points.removeSubrange(past...)
                hasMore = false
            }
            var known = KnownRecord()
            if !isAtEnd, let last = points.last, last.time > part.span.upperBound {
                known = try await store.known(of: user, after: part.span.upperBound, to: last.time)
            }
            for point in points where !reading.isDone { add(point, to: &reading, known) }
            let isOver = !hasMore || reading.isDone
            var change = reading.take(isAll: !hasMore && !reading.isDone)
            if let end = part.end { change.bound(by: end) }
            if isOver, change.rest == nil { change.rest = part.rest }
            try await apply(change, to: user, at: version, found)
            version += 1
            if isOver {
                let mayGoOn = !reading.isDone && reading.goesOn && part.end == nil && part.rest == nil
                return mayGoOn ? KeptReading(reading: reading, version: version) : nil
            }
            // Between two landmarks nothing is gained by a page alone: it would be read again, and for ever.
            if let deadline, ContinuousClock.now >= deadline, let rest = change.rest, rest > part.span.lowerBound {
                return nil
            }
            next = points.last.map { Timestamp(milliseconds: $0.time.milliseconds + 1) }
        }
    }

    /// Of a time of which live locations are gone, journeys cannot be told again: what was ingested late adds cells, countries
    /// and days.
    private func note(
        _ part: WorkPart, _ state: PostgresRecordStore.State, for user: UserID,
        _ found: ([PostgresRecordStore.Discovery]) async -> Void
    ) async throws(PostgresError) {
        let (points, hasMore) = try await store.points(of: user, in: part.span, limit: limits.pagePoints)
        let last = points.last?.time ?? part.span.upperBound
        let nowhere = VisitSpan(start: last, end: last, visits: [])
        var change = RecordChange(visitsRes8: nowhere, visitsRes6: nowhere, last: last)
        for point in points {
            let cells = atlas.cells(of: point)
            change.note(cells.res8, at: point.time)
            change.note(cells.res6, at: point.time)
            change.days.insert(RecordChange.day(of: point.time))
        }
        change.rest = hasMore ? Timestamp(milliseconds: last.milliseconds + 1) : part.rest
        try await apply(change, to: user, at: state.version, found)
    }

    private func add(_ point: TrackPoint, to reading: inout RecordReading, _ known: KnownRecord) {
        let cells = atlas.cells(of: point)
        reading.add(point, res8: cells.res8, res6: cells.res6, known: known)
    }

    private func apply(
        _ change: RecordChange, to user: UserID, at version: Int64,
        _ found: ([PostgresRecordStore.Discovery]) async -> Void
    ) async throws(PostgresError) {
        let asked = known.unknown(change.cells.keys)
        if !asked.isEmpty {
            let unknown = try await store.unknown(asked.sorted())
            if !unknown.isEmpty { try await store.learn(unknown.map(atlas.current.place)) }
            known.note(asked)
        }
        let gain = try await store.apply(change, to: user, at: version)
        if !gain.discoveries.isEmpty || gain.days > 0 { await found(gain.discoveries) }
    }
}

/// What a record's changes are bounded by.
package struct RecordLimits: Hashable, Sendable {
    /// Points read and worked in at once.
    package var pagePoints = 5000
    /// How often a change is made again that another one forestalled.
    package var attempts = 10

    package init() {}
}

/// Which cells there are, and where.
package protocol CellAtlas: Sendable {
    /// The cells of resolutions 8 and 6 that a point is in; the latter is the former's parent.
    func cells(of point: TrackPoint) -> (res8: Int64, res6: Int64)

    /// Where a cell is.
    func place(of cell: Int64) -> CellPlace

    /// As it is now, for as long as it is held: of one map, whatever is imported meanwhile.
    var current: any CellAtlas { get }
}

extension CellAtlas {
    package var current: any CellAtlas { self }
}
