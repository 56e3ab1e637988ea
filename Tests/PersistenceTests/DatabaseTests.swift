import EventLoop
import HubTesting
import Persistence
import Testing

@Suite struct `The database of a hub` {
    @Test func `health measures the way to Postgres and back`() async throws {
        try await PersistenceFixture.with(isMigrated: false) { fixture in
            let health = await fixture.database.health(timeout: .seconds(60))
            #expect(health.isConnected)
            let latency = try #require(health.latency)
            #expect(latency > .zero)
        }
    }

    @Test func `health says no when nothing answers`() async throws {
        let loop = try Loop.start()
        let database = Database(url: "host=/nonexistent dbname=none", on: [loop])
        database.start()
        let health = await database.health(timeout: .milliseconds(200))
        #expect(!health.isConnected && health.latency == nil)
        await database.close()
        await loop.stop()
    }

    @Test func `a query asked before the first connection is there waits for it`() async throws {
        try await PersistenceFixture.with(loops: 1, isMigrated: false) { fixture in
            let result = try await fixture.query("SELECT 5::int4")
            #expect(result[0].int32(0) == 5)
        }
    }

    @Test func `many queries at once share few connections and all are answered`() async throws {
        try await PersistenceFixture.with(isMigrated: false) { fixture in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        Int(try await fixture.query("SELECT $1::int4", Int32(number))[0].int32(0) ?? -1)
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 499 * 500 / 2)
            let sessions = try await fixture.query(
                "SELECT count(*)::int4 FROM pg_stat_activity WHERE datname = current_database()")
            #expect(try #require(sessions[0].int32(0)) <= 4)
        }
    }

    @Test func `a full queue answers at once`() async throws {
        var limits = PostgresLimits.patient(pipelineDepth: 1, connectionsPerLoop: 1)
        limits.waitingQueries = 2
        try await PersistenceFixture.with(loops: 1, isMigrated: false, limits: limits) { fixture in
            try await fixture.query("SELECT 1")
            let pool = fixture.database.pool
            let nap = PostgresStatement("nap", "SELECT pg_sleep(0.2)")
            let (stream, continuation) = AsyncStream.makeStream(of: (Int, PostgresError?).self)
            await fixture.loops.loops[0].run {
                for number in 0..<4 {
                    pool.submit([PostgresQuery(nap)]) { outcome in
                        if case .failure(let error) = outcome {
                            continuation.yield((number, error))
                        } else {
                            continuation.yield((number, nil))
                        }
                    }
                }
            }
            var answers: [(Int, PostgresError?)] = []
            for await answer in stream {
                answers.append(answer)
                if answers.count == 4 { break }
            }
            #expect(answers.map(\.0) == [3, 0, 1, 2])
            #expect(answers.map(\.1) == [.overloaded, nil, nil, nil])
        }
    }

    @Test(arguments: [
        "", "localhost", "hub:secret@localhost/db", "mysql://hub:secret@localhost/db", "host=db passwort=secret",
        "mysql://localhost/db?password=secret",
        "postgres://hub:secret@localhost:notaport:1/db?nonsense=secret", "postgres://[::1/secret",
    ])
    func `a wrong URL is refused in one line that keeps its secrets`(text: String) throws {
        // libpq looks at a port only when it connects; then the same holds of the error there.
        let error = #expect(throws: PostgresURLError.self) { try PostgresURL(text) }
        let line = try #require(error).description
        #expect(!line.contains("\n") && !line.contains("secret") && line.hasPrefix("the database URL"))
    }

    @Test func `a good URL is shown without its password`() throws {
        let url = try PostgresURL("postgres://hub:secret@db.example:5433/presence?sslmode=require")
        #expect(url.description == "postgres://db.example:5433/presence")
        #expect(url.text == "postgres://hub:secret@db.example:5433/presence?sslmode=require")
        #expect(try PostgresURL("postgresql:///presence").description == "postgres://presence")
        #expect(try PostgresURL("host=/run/db dbname=presence password=secret").description == "Postgres")
    }
}
