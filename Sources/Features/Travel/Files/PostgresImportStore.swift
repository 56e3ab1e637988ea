package import Jobs
package import Journeys
package import Model
package import Persistence

/// Imports in Postgres.
package struct PostgresImportStore: Sendable {
    /// Bytes of a piece.
    package static let pieceBytes = 1 << 20
    /// Imports of one person that may be under way.
    package static let underWay: Int32 = 5

    private let database: Database

    package init(database: Database) { self.database = database }

    // MARK: Receiving

    /// - Precondition: They are a traveller.
    /// - Returns: Whether it has begun; not if as many are under way as may be.
    package func begin(
        _ id: UniqueID, of user: UserID, name: String, format: String?, at now: Timestamp
    ) async throws(PostgresError) -> Bool {
        try await database.query(
            ImportStatements.begin.with(id, user.rawValue, name, format, now, PostgresImportStore.underWay)
        ).rowCount == 1
    }

    /// - Returns: Whether it is still wanted.
    package func add(_ piece: [UInt8], number: Int, to id: UniqueID, at now: Timestamp) async throws(PostgresError)
        -> Bool
    {
        do throws(PostgresError) {
            return try await database.transaction([
                ImportStatements.addPiece.with(id, Int32(number), piece),
                ImportStatements.notePiece.with(id, Int64(piece.count), now),
            ])[1].rowCount == 1
        } catch {
            // Its person was erased meanwhile.
            guard error.sqlState == .foreignKeyViolation else { throw error }
            return false
        }
    }

    /// All pieces are there, and `job` is to read them.
    ///
    /// - Returns: Whether it is still wanted.
    package func received(_ id: UniqueID, at now: Timestamp, job: QueuedJob) async throws(PostgresError) -> Bool {
        try await database.transaction([ImportStatements.received.with(id, now), job.insertion])[0].rowCount == 1
    }

    /// Removes one that was not received whole.
    package func remove(_ id: UniqueID) async throws(PostgresError) {
        try await removePieces(of: id)
        _ = try await database.query(ImportStatements.remove.with(id))
    }

    /// Removes those of which nothing came since `limit`; returns how many.
    package func removeStale(before limit: Timestamp) async throws(PostgresError) -> Int {
        var count = 0
        while let id = try await database.query(ImportStatements.stale.with(limit)).rows.first(where: { _ in true })?
            .uniqueID(0)
        {
            try await remove(id)
            count += 1
        }
        return count
    }

    /// Ends those whose job is given up; returns how many.
    package func failForsaken(at now: Timestamp) async throws(PostgresError) -> Int {
        var count = 0
        while let id = try await database.query(ImportStatements.forsaken.with()).rows.first(where: { _ in true })?
            .uniqueID(0)
        {
            // First, so that an end in between leaves nothing that nobody looks for.
            try await removePieces(of: id)
            count += try await database.query(ImportStatements.forsake.with(id, now)).affectedRows
        }
        return count
    }

    // MARK: Looking

    package func get(_ id: UniqueID) async throws(PostgresError) -> TrackImport? {
        let result = try await database.query(ImportStatements.one.with(id))
        return result.rowCount == 0 ? nil : PostgresImportStore.read(result[0])
    }

    /// Somebody's, the newest first, after a position in the list.
    package func list(
        of user: UserID, after position: (PostgresMoment, UniqueID)?, limit: Int
    ) async throws(PostgresError) -> (imports: [TrackImport], last: (PostgresMoment, UniqueID)?) {
        let result = try await database.query(
            ImportStatements.list.with(
                user.rawValue, position?.0 ?? .future, position?.1 ?? UniqueID(high: .max, low: .max), Int32(limit)))
        var last: (PostgresMoment, UniqueID)?
        if result.rowCount == limit, let moment = result[limit - 1].moment(5), let id = result[limit - 1].uniqueID(0) {
            last = (moment, id)
        }
        return (result.rows.compactMap(PostgresImportStore.read), last)
    }

    /// Everybody's that are read or worked in, or ended a moment ago.
    package func lately(limit: Int32) async throws(PostgresError) -> [TrackImport] {
        try await database.query(ImportStatements.lately.with(limit)).rows.compactMap(PostgresImportStore.read)
    }

    private static func read(_ row: PostgresRow) -> TrackImport? {
        guard let id = row.uniqueID(0), let user = row.uniqueID(1), let created = row.timestamp(5) else { return nil }
        return TrackImport(
            id: id, user: UserID(user), name: row.text(2) ?? "", format: row.text(3),
            state: row.text(4).flatMap(TrackImport.State.init) ?? .failed, createdAt: created,
            finishedAt: row.timestamp(6), bytes: row.int64(7) ?? 0, pieces: Int(row.int32(8) ?? 0),
            bytesRead: row.int64(9) ?? 0, pointsRead: row.int64(10) ?? 0, pointsAdded: row.int64(11) ?? 0,
            skipped: SkipCounts.read(row.text(12) ?? ""), firstAt: row.timestamp(13), lastAt: row.timestamp(14),
            isCut: row.bool(15) ?? false, error: row.text(16), message: row.text(17), dirtyFrom: row.timestamp(18))
    }

    // MARK: Reading

    /// - Returns: Whether it is to be read.
    package func startReading(_ id: UniqueID) async throws(PostgresError) -> Bool {
        try await database.query(ImportStatements.startReading.with(id)).rowCount == 1
    }

    package func piece(_ number: Int, of id: UniqueID) async throws(PostgresError) -> [UInt8]? {
        try await database.query(ImportStatements.piece.with(id, Int32(number))).rows.first { _ in true }?.bytes(0)
    }

    /// How far a file is read.
    package struct Position: Hashable, Sendable {
        package var bytes: Int64
        /// Points that were handed over before.
        package var points: Int64
        /// Entries that are no points, as text of JSON.
        package var skipped: String
    }

    /// Hands points over, all or none.
    ///
    /// - Parameters:
    ///   - proof: The job's.
    ///   - position: After them, but for the points before them.
    /// - Returns: Whether it goes on; not if it was given up.
    package func advance(
        _ id: UniqueID, by points: [TrackPoint], to position: Position, proof: PostgresQuery
    ) async throws(PostgresError) -> Bool {
        var parameters = PostgresParameters()
        parameters.reserve(bytes: points.count * 36 + 256)
        parameters.append(id)
        parameters.append(position.points)
        parameters.append(column: points) { $0.time }
        parameters.append(column: points) { $0.latitude }
        parameters.append(column: points) { $0.longitude }
        parameters.append(Int64(points.count))
        parameters.append(position.bytes)
        parameters.append(position.skipped)
        return try await database.transaction([proof, PostgresQuery(ImportStatements.advance, parameters)])[1]
            .rowCount == 1
    }

    /// - Returns: Whether its points are to be worked in; not if it was given up.
    package func endReading(
        _ id: UniqueID, at position: Position, isCut: Bool, error: (code: String, message: String)?,
        proof: PostgresQuery
    ) async throws(PostgresError) -> Bool {
        try await database.transaction([
            proof,
            ImportStatements.endReading.with(
                id, position.bytes, position.skipped, isCut, error?.code, error?.message),
        ])[1].rowCount == 1
    }

    package func removePieces(of id: UniqueID) async throws(PostgresError) {
        while try await database.query(ImportStatements.removePieces.with(id)).affectedRows > 0 {}
    }

    package func finish(_ id: UniqueID, at now: Timestamp, proof: PostgresQuery) async throws(PostgresError) {
        _ = try await database.transaction([proof, ImportStatements.finish.with(id, now)])
    }

    /// - Returns: Whether it was under way and is given up.
    package func cancel(_ id: UniqueID, of user: UserID, at now: Timestamp) async throws(PostgresError) -> Bool {
        try await database.query(ImportStatements.cancel.with(id, user.rawValue, now)).rowCount == 1
    }

    /// Gives up all of somebody's that are under way.
    package func cancelAll(of user: UserID, at now: Timestamp) async throws(PostgresError) {
        _ = try await database.retryingQuery(ImportStatements.cancelAll.with(user.rawValue, now))
    }

    // MARK: Exports and erasure

    /// Points in order, each moment once.
    ///
    /// - Returns: Up to `limit` points, and where the next ones begin; nothing if there are none.
    package func points(
        of user: UserID, from start: Timestamp, to end: Timestamp, limit: Int
    ) async throws(PostgresError) -> (points: [TrackPoint], next: Timestamp?) {
        let result = try await database.query(
            ImportStatements.export.with(user.rawValue, PostgresMoment(start), PostgresMoment(end), Int32(limit)))
        var points: [TrackPoint] = []
        points.reserveCapacity(result.rowCount)
        for row in result.rows {
            guard let time = row.timestamp(0), let latitude = row.double(1), let longitude = row.double(2),
                points.last?.time != time
            else { continue }
            points.append(TrackPoint(time: time, latitude: latitude, longitude: longitude))
        }
        let last = result.rowCount == limit ? points.last?.time : nil
        return (points, last.map { Timestamp(milliseconds: $0.milliseconds + 1) })
    }

    /// Erases some of somebody's files.
    ///
    /// - Returns: Whether there may be more.
    package func erase(_ user: UserID) async throws(PostgresError) -> Bool {
        if try await database.query(ImportStatements.erasePieces.with(user.rawValue)).affectedRows > 0 { return true }
        return try await database.query(ImportStatements.erase.with(user.rawValue)).affectedRows > 0
    }
}
