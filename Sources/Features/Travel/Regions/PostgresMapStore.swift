internal import Model
internal import Persistence

/// What was looked up in an older map than the newest, in Postgres. Callable from any thread.
struct PostgresMapStore: Sendable {
    private let database: Database

    init(database: Database) { self.database = database }

    /// Whether a cell was looked up, or somebody's countries were counted, by a map before `map`.
    func isOutdated(by map: Int32) async throws(PostgresError) -> Bool {
        try await database.query(MapStatements.isOutdated.with(map))[0].bool(0) ?? false
    }

    /// Up to `limit` cells that were looked up before `map`.
    func cells(before map: Int32, limit: Int) async throws(PostgresError) -> [Int64] {
        try await database.query(MapStatements.cells.with(map, Int32(clamping: limit))).rows.compactMap { $0.int64(0) }
    }

    /// Puts cells where they are by `map`, but those that a newer one has looked up.
    func relocate(_ places: [CellPlace], by map: Int32) async throws(PostgresError) {
        var parameters = PostgresParameters()
        parameters.append(column: places) { $0.cell }
        parameters.append(column: places) { $0.country }
        parameters.append(column: places) { $0.region }
        parameters.append(column: places) { $0.isLand }
        parameters.append(map)
        _ = try await database.retryingQuery(PostgresQuery(MapStatements.relocate, parameters))
    }

    /// Up to `limit` people whose countries were counted before `map`.
    func travellers(before map: Int32, limit: Int) async throws(PostgresError) -> [UserID] {
        try await database.query(MapStatements.travellers.with(map, Int32(clamping: limit)))
            .rows.compactMap { $0.uniqueID(0).map(UserID.init) }
    }

    /// Counts somebody's countries and regions by where their cells are now.
    func recount(_ user: UserID, by map: Int32) async throws(PostgresError) {
        _ = try await database.query(MapStatements.recount.with(user.rawValue, map), timeout: .seconds(60))
    }
}
