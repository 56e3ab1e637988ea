import EventLoop
import HubTesting
import Persistence
import Testing

@Suite struct `Migrations` {
    private static func steps(_ texts: [String]) -> MigrationArea {
        MigrationArea(
            name: "places",
            migrations: texts.enumerated().map { Migration(number: $0.offset + 1, name: "step", sql: $0.element) })
    }

    private func with(_ body: (TestDatabase, Loop) async throws -> Void) async throws {
        let database = try await TestPostgres.shared.database(isMigrated: false)
        let loop = try Loop.start()
        try await body(database, loop)
        await loop.stop()
        try await database.drop()
    }

    /// Migrates as a hub does that has `areas`.
    private static func migrate(
        _ areas: [MigrationArea], _ database: TestDatabase, _ loop: Loop
    ) async throws -> Int {
        let connection = PostgresConnection(url: database.url, limits: .patient(), on: loop)
        try await connection.connected(within: .seconds(60))
        let result: Result<Int, any Error>
        do {
            result = .success(try await Migrator(areas: areas, log: TestPostgres.log).migrate(on: connection))
        } catch {
            result = .failure(error)
        }
        await connection.closed()
        return try result.get()
    }

    @Test func `are applied once, in order, and later ones are added`() async throws {
        try await with { database, loop in
            let create = "CREATE TABLE places.spots (id int); -- a comment without a line's end"
            let change = "ALTER TABLE places.spots ADD COLUMN name text"
            let first = try await Self.migrate([.core, Self.steps([create])], database, loop)
            #expect(first == MigrationArea.core.migrations.count + 1)
            let second = try await Self.migrate([.core, Self.steps([create, change])], database, loop)
            #expect(second == 1)
            let third = try await Self.migrate([.core, Self.steps([create, change])], database, loop)
            #expect(third == 0)
        }
    }

    @Test func `of eight hubs that start together are applied by one, and all succeed`() async throws {
        try await with { database, loop in
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await Self.migrate([.core], database, loop) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(applied.sorted() == [0, 0, 0, 0, 0, 0, 0, MigrationArea.core.migrations.count])
        }
    }

    @Test func `refuse a step whose text has changed`() async throws {
        try await with { database, loop in
            _ = try await Self.migrate([Self.steps(["SELECT 1"])], database, loop)
            let error = await #expect(throws: MigrationError.changed(area: "places", number: 1, name: "step")) {
                try await Self.migrate([Self.steps(["SELECT 2"])], database, loop)
            }
            let line = try #require(error).description
            #expect(!line.contains("\n") && line.contains("places/1"))
        }
    }

    @Test func `refuse a database that a newer hub has been at`() async throws {
        try await with { database, loop in
            _ = try await Self.migrate([Self.steps(["SELECT 1", "SELECT 2"])], database, loop)
            let error = await #expect(throws: MigrationError.unknown(area: "places", number: 2, name: "step")) {
                try await Self.migrate([Self.steps(["SELECT 1"])], database, loop)
            }
            #expect(try #require(error).description.contains("run a newer hub"))
        }
    }

    @Test func `that fail leave nothing behind and can be tried again`() async throws {
        try await with { database, loop in
            let broken = Self.steps(["CREATE TABLE places.half (n int); SELECT nonsense"])
            let error = await #expect(throws: MigrationError.self) { try await Self.migrate([broken], database, loop) }
            #expect(try #require(error).description.contains("places/1 (step) failed: 42703"))
            let whole = Self.steps(["CREATE TABLE places.half (n int)"])
            let applied = try await Self.migrate([whole], database, loop)
            #expect(applied == 1)
        }
    }
}
