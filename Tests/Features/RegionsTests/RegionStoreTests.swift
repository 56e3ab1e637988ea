import Earth
import EventLoop
import HubTesting
import Model
import Persistence
import Testing

@testable import Travel

@Suite struct `Regions in Postgres` {
    private static let now = Timestamp(milliseconds: 1_795_170_600_000)

    private func put(_ counted: Counted, in store: RegionStore) async throws {
        try await store.replace(counted.map, counts: counted.counts, at: `Regions in Postgres`.now)
    }

    private func withStore(_ body: (RegionStore, Database) async throws -> Void) async throws {
        let area = try #require(TravelFeature.migrations)
        let test = try await TestPostgres.shared.database(areas: [area])
        let loop = try Loop.start()
        let database = Database(url: test.url, limits: .patient(), on: [loop])
        database.start()
        // The test's own time does not count while others keep the processors busy.
        try await database.withConnection(within: .seconds(60)) { _ in }
        do {
            try await body(RegionStore(database: database), database)
        } catch {
            Issue.record(error)
        }
        await database.close()
        await loop.stop()
        try await test.drop()
    }

    /// A map and what is counted of it, which takes a moment.
    private struct Counted: Sendable {
        let map: RegionMap
        let counts: CellCounts

        init(_ map: RegionMap) {
            self.map = map
            counts = CellCounts(of: RegionIndex(map))
        }
    }

    private static let one = Result { Counted(try map("1,AA,1\n", 1)) }
    private static let both = Result { Counted(try map("1,AA,1\n2,BB,2\n", 1, 2)) }
    private static let regions = Result { Counted(try map("1,AA,1\n2,AA,2\n", 1, 2)) }

    private static func map(_ csv: String, _ ids: Int...) throws -> RegionMap {
        let file = try SmallMap(ids.map { ($0, "-1", "Name \($0)", "Land", Double($0 * 2), 0) })
        return try withExtendedLifetime(file) {
            try RegionImport.read(map: file.path, names: RegionNames(), codes: RegionCodes(csv: csv))
        }
    }

    @Test func `are there after an import, map and all, and nothing before`() async throws {
        let regions = try `Regions in Postgres`.regions.get()
        try await withStore { store, database in
            #expect(try await store.load() == nil)
            #expect(try await store.digest() == nil)
            try await put(regions, in: store)
            let stored = try #require(try await store.load())
            #expect(stored.map == regions.map)
            #expect(try await store.digest() == stored.digest)
            let rows = try await database.query(
                PostgresStatement(
                    "test.regions",
                    "SELECT r.code, r.name, r.cells_6, r.cells_8, r.square_km, c.name FROM travel.regions r "
                        + "JOIN travel.countries c ON c.code = r.country ORDER BY 1"
                ).with())
            #expect(rows.rows.map { $0.text(0) } == ["AA-1", "AA-2"])
            let row = rows[0]
            #expect(row.text(1) == "Name 1" && row.text(5) == "Land")
            // A degree by a degree at the equator has 12,364 km².
            #expect(abs(try #require(row.double(4)) - 12_364) < 10)
            let (city, neighbourhood) = (try #require(row.int32(2)), try #require(row.int32(3)))
            #expect((250...450).contains(city) && abs(Double(neighbourhood) / Double(city) - 49) < 1)
        }
    }

    @Test func `that the next map lacks stay as former ones, and come back`() async throws {
        let both = try `Regions in Postgres`.both.get()
        let one = try `Regions in Postgres`.one.get()
        try await withStore { store, database in
            let former = PostgresStatement(
                "test.former",
                "SELECT string_agg(code, ' ' ORDER BY code) FROM (SELECT code FROM travel.regions WHERE is_former "
                    + "UNION ALL SELECT code FROM travel.countries WHERE is_former) f")
            var digests: Set<[UInt8]> = []
            for (counted, expected) in [(both, nil), (one, "BB BB-2"), (both, nil)] as [(Counted, String?)] {
                try await put(counted, in: store)
                #expect(try await database.query(former.with())[0].text(0) == expected)
                #expect(try await store.load()?.map == counted.map)
                digests.insert(try #require(try await store.digest()))
            }
            #expect(digests.count == 2)
        }
    }

    @Test func `are one import's, when two run at once`() async throws {
        let first = try `Regions in Postgres`.both.get()
        let second = try `Regions in Postgres`.one.get()
        try await withStore { store, database in
            try await withThrowingTaskGroup { group in
                for counted in [first, second, first, second] {
                    group.addTask { try await put(counted, in: store) }
                }
                try await group.waitForAll()
            }
            let stored = try #require(try await store.load()).map
            let current = PostgresStatement(
                "test.current", "SELECT count(*) FROM travel.countries WHERE NOT is_former")
            // The Vatican is on every map.
            let count = try await database.query(current.with())[0].int64(0)
            #expect(count == Int64(stored.countries.count))
        }
    }

    @Test func `are not replaced by half`() async throws {
        let one = try `Regions in Postgres`.one.get()
        let both = try `Regions in Postgres`.both.get()
        try await withStore { store, database in
            try await put(one, in: store)
            let digest = try await store.digest()
            _ = try await database.query(
                PostgresStatement("test.lock", "ALTER TABLE travel.regions ADD CHECK (code <> 'BB-2')").with())
            await #expect(throws: PostgresError.self) {
                try await put(both, in: store)
            }
            #expect(try await store.digest() == digest)
            let names = PostgresStatement(
                "test.names", "SELECT string_agg(code, ' ' ORDER BY code) FROM travel.countries")
            #expect(try await database.query(names.with())[0].text(0) == "AA VA")
        }
    }

    @Test func `whose map is damaged are not taken for none`() async throws {
        try await withStore { store, database in
            _ = try await database.query(
                PostgresStatement(
                    "test.damage",
                    "INSERT INTO travel.region_map (digest, imported_at, bytes) VALUES (sha256('x'), now(), 'x')"
                ).with())
            await #expect(throws: RegionStoreError.self) { try await store.load() }
        }
    }
}
