package import Journeys
package import Model
package import Persistence

/// Travel records in Postgres.
package struct PostgresRecordStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// How far a record is.
    package struct State: Hashable, Sendable {
        package var version: Int64
        /// From the first to the last point that is not worked in; nothing if all are.
        package var dirty: ClosedRange<Timestamp>?
        /// The latest point that was ever worked in.
        package var workedTo: Timestamp?
        /// Since when there have been live locations; nothing if there never were.
        package var liveSince: Timestamp?
        /// Whether devices that were erased have left something in it.
        package var hasErased = false
    }

    /// What is new to somebody.
    package enum Discovery: Hashable, Sendable {
        case cell(Int64, resolution: Int, at: Timestamp)
        case country(String, cell: Int64, at: Timestamp)
        case region(String, cell: Int64, at: Timestamp)
    }

    /// What a change has added to a record.
    package struct Gain: Hashable, Sendable {
        package var discoveries: [Discovery] = []
        /// How many days were new.
        package var days = 0
    }

    /// Makes somebody a traveller, if they are none.
    package func ensure(_ user: UserID) async throws(PostgresError) {
        _ = try await database.query(RecordStatements.ensure.with(user.rawValue))
    }

    /// - Returns: Nothing for somebody who is no traveller.
    package func state(of user: UserID) async throws(PostgresError) -> State? {
        let result = try await database.query(RecordStatements.traveller.with(user.rawValue))
        guard result.rowCount > 0, let version = result[0].int64(0) else { return nil }
        var state = State(
            version: version, workedTo: result[0].timestamp(3), liveSince: result[0].timestamp(4),
            hasErased: result[0].bool(5) ?? false)
        if let from = result[0].timestamp(1), let to = result[0].timestamp(2) { state.dirty = from...to }
        return state
    }

    /// Stores points of a traveller; those of a moment that is there already are passed over.
    ///
    /// - Returns: How many were new.
    package func add(_ points: [TrackPoint], of user: UserID) async throws(PostgresError) -> Int {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(column: points) { $0.time }
        parameters.append(column: points) { $0.latitude }
        parameters.append(column: points) { $0.longitude }
        let result = try await database.retryingQuery(PostgresQuery(RecordStatements.add, parameters))
        return Int(result[0].int64(0) ?? 0)
    }

    /// Where to begin to read what changed in `dirty`.
    ///
    /// - Parameter floor: Where the points begin that are all there, if older ones are gone.
    package func start(
        for user: UserID, dirty: ClosedRange<Timestamp>, isAtEnd: Bool, floor: Timestamp? = nil
    ) async throws(PostgresError) -> RecordStart {
        let rows = try await database.query(RecordStatements.start.with(user.rawValue, dirty.lowerBound, floor)).rows
        var start = RecordStart(
            change: dirty.lowerBound, lastChange: isAtEnd ? nil : dirty.upperBound,
            landmarks: rows.compactMap { row -> Landmark? in
                guard let time = row.timestamp(0), let settled = row.timestamp(1) else { return nil }
                return Landmark(time: time, settled: settled)
            }.reversed())
        guard let row = rows.first(where: { _ in true }) else { return start }
        start.visitRes8 = PostgresRecordStore.visit(row, 2)
        start.visitRes6 = PostgresRecordStore.visit(row, 5)
        guard let floor, start.landmarks.count < 2 else { return start }
        // As if there had been a landmark; what began before it stays.
        var landmark = Landmark(time: floor, settled: Timestamp(milliseconds: floor.milliseconds - 1))
        if let time = row.timestamp(8), let latitude = row.double(9), let longitude = row.double(10) {
            start.arrival = TrackPoint(time: time, latitude: latitude, longitude: longitude)
            landmark.time = time
        }
        start.landmarks = [landmark, landmark]
        start.floor = floor
        return start
    }

    /// Where points begin that may be read again, of those that are all there from `moment` on: after the trip that somebody
    /// was on then, which is told already. A stay goes on from its row.
    package func horizon(_ moment: Timestamp, of user: UserID) async throws(PostgresError) -> Timestamp {
        let result = try await database.query(RecordStatements.tripEnd.with(user.rawValue, moment))
        guard result.rowCount > 0, let end = result[0].timestamp(0) else { return moment }
        return Timestamp(milliseconds: end.milliseconds + 1)
    }

    private static func visit(_ row: PostgresRow, _ column: Int) -> Visit<Int64>? {
        guard let entered = row.timestamp(column), let left = row.timestamp(column + 1),
            let cell = row.int64(column + 2)
        else { return nil }
        return Visit(cell: cell, entered: entered, left: left)
    }

    /// Points in order, from `start` on; each moment once.
    ///
    /// - Returns: Up to `limit` points, and whether there are more.
    package func track(
        of user: UserID, from start: Timestamp?, limit: Int
    ) async throws(PostgresError) -> (points: [TrackPoint], hasMore: Bool) {
        let result = try await database.query(
            RecordStatements.track.with(
                user.rawValue, start ?? .trackBeginning, Int32(limit)))
        return (PostgresRecordStore.points(result), result.rowCount == limit)
    }

    /// As ``track(of:from:limit:)``, of points that did not come from devices.
    package func points(
        of user: UserID, in span: ClosedRange<Timestamp>, limit: Int
    ) async throws(PostgresError) -> (points: [TrackPoint], hasMore: Bool) {
        let result = try await database.query(
            RecordStatements.points.with(user.rawValue, span.lowerBound, span.upperBound, Int32(limit)))
        return (PostgresRecordStore.points(result), result.rowCount == limit)
    }

    private static func points(_ result: PostgresResult) -> [TrackPoint] {
        var points: [TrackPoint] = []
        points.reserveCapacity(result.rowCount)
        for row in result.rows {
            guard let time = row.timestamp(0), let latitude = row.double(1), let longitude = row.double(2),
                points.last?.time != time
            else { continue }
            points.append(TrackPoint(time: time, latitude: latitude, longitude: longitude))
        }
        return points
    }

    /// What is known of the time after `start`, up to `end`.
    package func known(
        of user: UserID, after start: Timestamp, to end: Timestamp
    ) async throws(PostgresError) -> KnownRecord {
        let results = try await database.transaction([
            RecordStatements.knownLandmarks.with(user.rawValue, start, end),
            RecordStatements.knownVisits.with(user.rawValue, start, end),
        ])
        var known = KnownRecord()
        for row in results[0].rows {
            guard let time = row.timestamp(0), let settled = row.timestamp(1) else { continue }
            known.landmarks.insert(Landmark(time: time, settled: settled))
        }
        for row in results[1].rows {
            guard let entered = row.timestamp(1), let cell = row.int64(2) else { continue }
            if row.int16(0) == 8 { known.entriesRes8[entered] = cell } else { known.entriesRes6[entered] = cell }
        }
        return known
    }

    /// Those of `cells` that nobody has been in.
    package func unknown(_ cells: some Collection<Int64>) async throws(PostgresError) -> [Int64] {
        var parameters = PostgresParameters()
        parameters.append(array: cells)
        return try await database.query(PostgresQuery(RecordStatements.unknownCells, parameters))
            .rows.compactMap { $0.int64(0) }
    }

    package func learn(_ cells: [CellPlace]) async throws(PostgresError) {
        var parameters = PostgresParameters()
        parameters.append(column: cells) { $0.cell }
        parameters.append(column: cells) { Int16($0.resolution) }
        parameters.append(column: cells) { $0.country }
        parameters.append(column: cells) { $0.region }
        parameters.append(column: cells) { $0.isLand }
        parameters.append(column: cells) { $0.isNorthern }
        parameters.append(column: cells) { $0.map }
        _ = try await database.query(PostgresQuery(RecordStatements.learn, parameters))
    }

    /// Makes a change to a record, whole or not at all. Its cells are known.
    ///
    /// - Throws: With SQLSTATE 40001 if the record is no more at `version`.
    package func apply(
        _ change: RecordChange, to user: UserID, at version: Int64
    ) async throws(PostgresError) -> Gain {
        let results = try await database.transaction(queries(change, user.rawValue, version))
        var gain = Gain()
        if !change.days.isEmpty { gain.days = Int(results[2][0].int64(0) ?? 0) }
        gain.discoveries = results[1].rows.compactMap { row in
            guard let kind = row.text(0), let cell = row.int64(2), let time = row.timestamp(4) else { return nil }
            return switch (kind, row.text(1)) {
            case ("country", let code?): .country(code, cell: cell, at: time)
            case ("region", let code?): .region(code, cell: cell, at: time)
            default: .cell(cell, resolution: Int(row.int16(3) ?? 8), at: time)
            }
        }
        return gain
    }

    private func queries(_ change: RecordChange, _ user: UniqueID, _ version: Int64) -> [PostgresQuery] {
        var queries = [RecordStatements.begin.with(user, version), noting(change.cells, user)]
        if !change.days.isEmpty {
            var days = PostgresParameters()
            days.append(user)
            days.append(array: change.days.sorted())
            queries.append(PostgresQuery(RecordStatements.days, days))
        }
        for (span, resolution) in [(change.visitsRes8, 8 as Int16), (change.visitsRes6, 6)] where span.start != span.end
        {
            queries.append(replacing(span, resolution, user))
        }
        if let journeys = change.journeys { queries += replacing(journeys, user) }
        queries.append(RecordStatements.end.with(user, change.rest, change.last))
        return queries
    }

    private func noting(_ cells: [Int64: CellTimes], _ user: UniqueID) -> PostgresQuery {
        let sorted = cells.sorted { $0.key < $1.key }
        var parameters = PostgresParameters()
        parameters.append(user)
        parameters.append(column: sorted) { $0.key }
        parameters.append(column: sorted) { $0.value.first }
        parameters.append(column: sorted) { $0.value.last }
        return PostgresQuery(RecordStatements.note, parameters)
    }

    private func replacing(_ span: VisitSpan, _ resolution: Int16, _ user: UniqueID) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(user)
        parameters.append(resolution)
        parameters.append(span.start)
        parameters.append(span.end)
        parameters.append(column: span.visits) { $0.entered }
        parameters.append(column: span.visits) { $0.left }
        parameters.append(column: span.visits) { $0.cell }
        return PostgresQuery(RecordStatements.visits, parameters)
    }

    private func replacing(_ span: JourneySpan, _ user: UniqueID) -> [PostgresQuery] {
        var (landmarks, stays, trips, unseen) = (
            [] as [Landmark], [] as [Stay], [] as [Trip], [] as [UnseenWay]
        )
        for event in span.events {
            switch event {
            case .landmark(let landmark): landmarks.append(landmark)
            case .stay(let stay): stays.append(stay)
            case .trip(let trip): trips.append(trip)
            case .unseen(let way): unseen.append(way)
            }
        }
        var queries = [
            RecordStatements.forget.with(
                user, span.start?.time, span.start?.settled, span.end?.time, span.end?.settled)
        ]
        func add<Row>(
            _ statement: PostgresStatement, _ rows: [Row], _ columns: (inout PostgresParameters) -> Void
        ) {
            guard !rows.isEmpty else { return }
            var parameters = PostgresParameters()
            parameters.append(user)
            columns(&parameters)
            queries.append(PostgresQuery(statement, parameters))
        }
        add(RecordStatements.landmarks, landmarks) {
            $0.append(column: landmarks) { $0.time }
            $0.append(column: landmarks) { $0.settled }
        }
        add(RecordStatements.stays, stays) {
            $0.append(column: stays) { $0.arrival.time }
            $0.append(column: stays) { $0.end }
            $0.append(column: stays) { $0.arrival.latitude }
            $0.append(column: stays) { $0.arrival.longitude }
        }
        add(RecordStatements.trips, trips) {
            $0.append(column: trips) { $0.start.time }
            $0.append(column: trips) { $0.end.time }
            $0.append(column: trips) { $0.distance }
            $0.append(column: trips) { $0.topSpeed }
            $0.append(column: trips) { TripPath.encode($0.path) }
        }
        add(RecordStatements.unseen, unseen) {
            $0.append(column: unseen) { $0.start.time }
            $0.append(column: unseen) { $0.end.time }
            $0.append(column: unseen) { $0.distance }
        }
        return queries
    }
}
