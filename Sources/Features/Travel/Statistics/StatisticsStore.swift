package import Model
package import Persistence

/// What travel records come to, out of Postgres. Callable from anywhere.
package struct StatisticsStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// - Returns: Nothing if there is no such user; zeros for somebody who has no record.
    package func overview(of user: UserID) async throws(PostgresError) -> TravelOverview? {
        let result = try await database.query(StatisticsStatements.overview.with(user.rawValue))
        guard result.rowCount == 1 else { return nil }
        let row = result[0]
        var overview = TravelOverview(
            username: row.text(0) ?? "", createdAt: row.timestamp(1) ?? Timestamp(milliseconds: 0),
            countries: row.count(2), regions: row.count(3), cellsRes6: row.count(4), cellsRes8: row.count(5),
            visits: row.int64(6) ?? 0, days: row.count(7))
        overview.hasNorthern = row.bool(8) ?? false
        overview.hasSouthern = row.bool(9) ?? false
        overview.isPending = row.bool(10) ?? false
        overview.first = row.timestamp(11)
        overview.last = row.timestamp(12)
        overview.ways = WayTotals(
            trips: row.wideCount(13), distance: row.double(14) ?? 0, seconds: row.double(15) ?? 0,
            unseenDistance: row.double(16) ?? 0)
        if let start = row.timestamp(17), let end = row.timestamp(18) {
            overview.longestTrip = TripSummary(
                start: start, end: end, distance: row.double(19) ?? 0, topSpeed: row.double(20) ?? 0)
        }
        overview.lastCountry = row.seenPlace(at: 21)
        overview.lastRegion = row.seenPlace(at: 24)
        return overview
    }

    /// The countries somebody was in, the one they were in last first.
    package func countries(of user: UserID) async throws(PostgresError) -> [PlaceStatistics] {
        try await database.query(StatisticsStatements.countries.with(user.rawValue)).rows.compactMap { $0.place }
    }

    /// A country of the map, with the regions somebody was in, the one they were in last first.
    ///
    /// - Parameter code: ISO 3166-1, in capitals.
    /// - Returns: Nothing if the map has no such country.
    package func country(
        _ code: String, of user: UserID
    ) async throws(PostgresError) -> (country: PlaceStatistics, regions: [PlaceStatistics])? {
        let results = try await database.transaction([
            StatisticsStatements.country.with(user.rawValue, code),
            StatisticsStatements.regions.with(user.rawValue, code),
        ])
        guard let country = results[0].rows.first(where: { _ in true })?.place else { return nil }
        return (country, results[1].rows.compactMap { $0.place })
    }

    /// The years somebody was seen in, the latest first.
    package func years(of user: UserID) async throws(PostgresError) -> [YearStatistics] {
        try await database.query(StatisticsStatements.years.with(user.rawValue)).rows.map { row in
            YearStatistics(
                year: row.count(0), days: row.wideCount(1), cells: row.wideCount(2), newCells: row.wideCount(3),
                visits: row.int64(4) ?? 0, countries: row.wideCount(5), newCountries: row.wideCount(6),
                regions: row.wideCount(7), newRegions: row.wideCount(8),
                ways: WayTotals(
                    trips: row.wideCount(9), distance: row.double(10) ?? 0, seconds: row.double(11) ?? 0,
                    unseenDistance: row.double(12) ?? 0),
                longestTrip: row.double(13))
        }
    }
}

extension PostgresRow {
    fileprivate func count(_ column: Int) -> Int { Int(int32(column) ?? 0) }
    fileprivate func wideCount(_ column: Int) -> Int { Int(int64(column) ?? 0) }

    fileprivate func seenPlace(at column: Int) -> SeenPlace? {
        guard let code = text(column), let name = text(column + 1), let last = timestamp(column + 2) else { return nil }
        return SeenPlace(code: code, name: name, last: last)
    }

    /// Of ``StatisticsStatements/countries`` and those like it.
    fileprivate var place: PlaceStatistics? {
        guard let code = text(0), let name = text(1) else { return nil }
        return PlaceStatistics(
            code: code, name: name, parent: text(2), cells: count(3), landCells: count(4),
            landCellCount: int32(5).map { Int($0) }, first: timestamp(6), firstCell: int64(7), last: timestamp(8),
            regions: wideCount(9), regionCount: wideCount(10))
    }
}
