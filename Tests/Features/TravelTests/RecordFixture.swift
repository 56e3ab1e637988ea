import EventLoop
import HubTesting
import Journeys
import Model
import Persistence

@testable import Travel

/// Cells that are squares of a grid, in countries that are stripes of it: an earth small enough to know by heart.
struct GridAtlas: CellAtlas {
    func cells(of point: TrackPoint) -> (res8: Int64, res6: Int64) {
        let row = Int64((point.latitude * 200).rounded(.down))
        let column = Int64((point.longitude * 200).rounded(.down))
        return (8_000_000_000_000 + (row + 100_000) * 1_000_000 + column + 100_000, GridAtlas.parent(row, column))
    }

    private static func parent(_ row: Int64, _ column: Int64) -> Int64 {
        6_000_000_000_000 + ((row + 100_000) >> 3) * 1_000_000 + (column + 100_000) >> 3
    }

    func place(of cell: Int64) -> CellPlace {
        let isFine = cell >= 8_000_000_000_000
        let (row, column) = ((cell % 1_000_000_000_000) / 1_000_000, cell % 1_000_000)
        // Every fifth stripe is the sea.
        let stripe = (isFine ? row >> 3 : row) % 5
        let country = stripe == 0 ? nil : ["AA", "BB", "CC", "DD"][Int(stripe) - 1]
        return CellPlace(
            cell: cell, resolution: isFine ? 8 : 6, country: country,
            region: country.flatMap { column % 3 == 0 ? nil : "\($0)-\(column % 3)" },
            isLand: (row + column) % 7 != 0, isNorthern: (isFine ? row : row << 3) >= 100_000)
    }
}

/// A database of its own for one test, with travellers in it.
struct RecordFixture: Sendable {
    let loops: LoopGroup
    let database: Database
    let test: TestDatabase
    let store: PostgresRecordStore

    static func with<Value>(_ body: (RecordFixture) async throws -> Value) async throws -> Value {
        guard let area = TravelFeature.migrations else { preconditionFailure("travel has a schema") }
        let test = try await TestPostgres.shared.database(areas: [area])
        let loops = try LoopGroup.start(count: 1)
        let database = Database(url: test.url, limits: .patient(), on: loops.loops)
        database.start()
        let fixture = RecordFixture(
            loops: loops, database: database, test: test, store: PostgresRecordStore(database: database))
        do {
            let value = try await body(fixture)
            await fixture.end()
            return value
        } catch {
            await fixture.end()
            throw error
        }
    }

    private func end() async {
        await database.close()
        await loops.stop()
        try? await test.drop()
    }

    func traveller() async throws -> UserID {
        let user = UserID(.version7(at: Timestamp(milliseconds: 1_700_000_000_000)))
        try await query(
            """
            INSERT INTO core.users (id, username, username_key, display_name) VALUES ($1::uuid, $2, $2, $2)
            """, user.rawValue, String(user.rawValue.description.prefix(36)))
        try await store.ensure(user)
        return user
    }

    func keeper(pages: Int = 5000) -> RecordKeeper {
        var limits = RecordLimits()
        limits.pagePoints = pages
        return RecordKeeper(store: store, atlas: GridAtlas(), limits: limits)
    }

    /// Runs a query given as text.
    @discardableResult
    func query(_ sql: String, _ parameters: (any PostgresEncodable)?...) async throws -> PostgresResult {
        var encoded = PostgresParameters()
        for parameter in parameters {
            if let parameter { encoded.append(parameter) } else { encoded.append(Int32?.none) }
        }
        return try await database.query(PostgresQuery(PostgresStatement("test." + sql, sql), encoded))
    }
}
