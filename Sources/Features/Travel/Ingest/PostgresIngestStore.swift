package import Journeys
package import Model
package import Persistence

/// Points that come by ingestion, and what the record says of them, in Postgres. Callable from any thread.
package struct PostgresIngestStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// Where somebody had been.
    package struct Known: Hashable, Sendable {
        package var cells: Set<Int64> = []
        /// ISO 3166-1 and 3166-2.
        package var codes: Set<String> = []
    }

    /// What became of a point.
    package enum Fate: Hashable, Sendable {
        case fresh
        /// The same was stored before.
        case repeated
        /// Another one was stored for that moment.
        case displaced
    }

    /// What the record says of a cell.
    package struct CellRecord: Hashable, Sendable {
        package var resolution: Int
        package var first: Timestamp
        package var visits: Int
    }

    /// A country or region and when somebody was there first.
    package struct Arrival: Hashable, Sendable {
        package var code: String
        package var name: String
        package var isCountry: Bool
        package var first: Timestamp
    }

    package func known(_ cells: [Int64], of user: UserID) async throws(PostgresError) -> Known {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(array: cells)
        let result = try await database.query(PostgresQuery(IngestStatements.known, parameters))
        var known = Known()
        for row in result.rows {
            if let cell = row.int64(0) {
                known.cells.insert(cell)
            } else if let country = row.text(1), let region = row.text(2) {
                known.codes.insert(region.isEmpty ? country : region)
            }
        }
        return known
    }

    /// Stores points of a traveller, at most one a moment.
    package func store(
        _ points: [TrackPoint], of user: UserID
    ) async throws(PostgresError) -> [Timestamp: Fate] {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(column: points) { $0.time }
        parameters.append(column: points) { $0.latitude }
        parameters.append(column: points) { $0.longitude }
        // Done twice, because an answer was lost, all of them are repeated ones, and the client is answered the same.
        let result = try await database.retryingQuery(PostgresQuery(IngestStatements.store, parameters))
        let given = Dictionary(points.map { ($0.time, $0) }) { first, _ in first }
        var fates: [Timestamp: Fate] = [:]
        for row in result.rows {
            guard let time = row.timestamp(0), let point = given[time] else { continue }
            if row.bool(1) ?? false {
                fates[time] = .fresh
            } else if let latitude = row.double(2), let longitude = row.double(3) {
                let isSame = (latitude, longitude) == (point.latitude, point.longitude)
                fates[time] = isSame ? .repeated : .displaced
            } else {
                // Stored by another request at this moment, as a client does that repeats what is still on its way.
                fates[time] = .repeated
            }
        }
        return fates
    }

    package func records(of cells: [Int64], for user: UserID) async throws(PostgresError) -> [Int64: CellRecord] {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(array: cells)
        let result = try await database.query(PostgresQuery(IngestStatements.cells, parameters))
        var records: [Int64: CellRecord] = [:]
        for row in result.rows {
            guard let cell = row.int64(0), let resolution = row.int16(1), let first = row.timestamp(2),
                let visits = row.int32(3)
            else { continue }
            records[cell] = CellRecord(resolution: Int(resolution), first: first, visits: Int(visits))
        }
        return records
    }

    /// The countries and regions of cells of resolution 8, in the order in which somebody came to them.
    package func arrivals(
        of user: UserID, in cells: [Int64]
    ) async throws(PostgresError) -> [Arrival] {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(array: cells)
        let result = try await database.query(PostgresQuery(IngestStatements.regions, parameters))
        return result.rows.compactMap { row in
            guard let country = row.text(0), let region = row.text(1), let first = row.timestamp(2),
                let name = row.text(3)
            else { return nil }
            return Arrival(
                code: region.isEmpty ? country : region, name: name, isCountry: region.isEmpty, first: first)
        }
    }
}
