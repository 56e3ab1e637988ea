package import Model
package import Persistence

/// Trips and stays out of Postgres. Callable from anywhere.
package struct TripStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// A trip with its path, as it is stored.
    package struct StoredTrip: Hashable, Sendable {
        package var summary: TripSummary
        /// ``TripPath``'s bytes.
        package var path: [UInt8]
    }

    /// A while at one place.
    package struct StoredStay: Hashable, Sendable {
        package var start: Timestamp
        package var end: Timestamp
        /// Degrees north and east of the first point there.
        package var latitude: Double
        package var longitude: Double
    }

    /// When what is listed began.
    package struct Span: Hashable, Sendable {
        package var from: PostgresMoment
        /// Excluded.
        package var to: PostgresMoment

        package init(from: PostgresMoment = .past, to: PostgresMoment = .future) {
            self.from = from
            self.to = to
        }
    }

    /// The latest first.
    package func trips(of user: UserID, in span: Span, limit: Int) async throws(PostgresError) -> [StoredTrip] {
        let query = TripStatements.trips.with(user.rawValue, span.from, span.to, Int32(limit))
        return try await database.query(query).rows.compactMap { $0.trip }
    }

    /// The one that began then.
    package func trip(of user: UserID, at start: Timestamp) async throws(PostgresError) -> StoredTrip? {
        let result = try await database.query(TripStatements.trip.with(user.rawValue, PostgresMoment(start)))
        return result.rows.first { _ in true }?.trip
    }

    /// The latest first.
    package func stays(of user: UserID, in span: Span, limit: Int) async throws(PostgresError) -> [StoredStay] {
        let query = TripStatements.stays.with(user.rawValue, span.from, span.to, Int32(limit))
        return try await database.query(query).rows.compactMap { row in
            guard let start = row.timestamp(0), let end = row.timestamp(1), let latitude = row.double(2),
                let longitude = row.double(3)
            else { return nil }
            return StoredStay(start: start, end: end, latitude: latitude, longitude: longitude)
        }
    }
}

extension PostgresRow {
    fileprivate var trip: TripStore.StoredTrip? {
        guard let start = timestamp(0), let end = timestamp(1), let distance = double(2), let topSpeed = double(3),
            let path = bytes(4)
        else { return nil }
        return TripStore.StoredTrip(
            summary: TripSummary(start: start, end: end, distance: distance, topSpeed: topSpeed), path: path)
    }
}
