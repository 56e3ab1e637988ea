package import Journeys
package import Model
package import Persistence

/// Works points into records, in transactions of bounded size that can be taken up where they were left.
package struct RecordKeeper: Sendable {
    private let store: PostgresRecordStore
    private let atlas: any CellAtlas
    private let limits: RecordLimits

    package init(store: PostgresRecordStore, atlas: any CellAtlas, limits: RecordLimits = RecordLimits()) {
        self.store = store
        self.atlas = atlas
        self.limits = limits
    }

    /// Works in all that is not, and tells what was discovered by it.
    ///
    /// Two that do this at once for one person hinder each other and nothing worse: what one has done, the other reads.
    package func workIn(
        for user: UserID, _ found: ([PostgresRecordStore.Discovery]) async -> Void = { _ in }
    ) async throws(PostgresError) {
        var failures = 0
        while let state = try await store.state(of: user), let dirty = state.dirty {
            do throws(PostgresError) {
                try await work(through: dirty, state, for: user, found)
                failures = 0
            } catch {
                failures += 1
                guard error.sqlState == .serializationFailure, failures < limits.attempts else { throw error }
            }
        }
    }

    /// One reading, from the change to where what was known holds again.
    private func work(
        through dirty: ClosedRange<Timestamp>, _ state: PostgresRecordStore.State, for user: UserID,
        _ found: ([PostgresRecordStore.Discovery]) async -> Void
    ) async throws(PostgresError) {
        let isAtEnd = state.workedTo.map { $0 < dirty.lowerBound } ?? true
        let start = try await store.start(for: user, dirty: dirty, isAtEnd: isAtEnd)
        var reading = RecordReading(from: start)
        var version = state.version
        var next = start.point
        while true {
            let (points, hasMore) = try await store.track(of: user, from: next, limit: limits.pagePoints)
            var known = KnownRecord()
            if !isAtEnd, let last = points.last, last.time > dirty.upperBound {
                known = try await store.known(of: user, after: dirty.upperBound, to: last.time)
            }
            for point in points where !reading.isDone {
                let cells = atlas.cells(of: point)
                reading.add(point, res8: cells.res8, res6: cells.res6, known: known)
            }
            let change = reading.take(isAll: !hasMore && !reading.isDone)
            let unknown = try await store.unknown(change.cells.keys.sorted())
            if !unknown.isEmpty { try await store.learn(unknown.map(atlas.place)) }
            let discoveries = try await store.apply(change, to: user, at: version)
            version += 1
            if !discoveries.isEmpty { await found(discoveries) }
            if !hasMore || reading.isDone { return }
            next = points.last.map { Timestamp(milliseconds: $0.time.milliseconds + 1) }
        }
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
}
