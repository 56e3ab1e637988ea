import EventLoop
import HubTesting
import Persistence
import Testing

@Suite struct `A pipelined connection` {
    private static let one = PostgresStatement("one", "SELECT $1::int4")
    private static let divide = PostgresStatement("divide", "SELECT 1 / $1::int4")
    private static let nap = PostgresStatement("nap", "SELECT pg_sleep($1::float8)")

    private func with(
        _ limits: PostgresLimits = .patient(), _ body: (PostgresConnection, Loop) async throws -> Void
    ) async throws {
        let database = try await TestPostgres.shared.database(isMigrated: false)
        let loop = try Loop.start()
        let connection = PostgresConnection(url: database.url, limits: limits, on: loop)
        try await connection.connected(within: .seconds(60))
        try await body(connection, loop)
        await connection.closed()
        await loop.stop()
        try await database.drop()
    }

    /// Submits every unit in one turn of the loop, so that they are in flight together.
    private func submitTogether(
        _ units: [[PostgresQuery]], on connection: PostgresConnection
    ) async -> [Result<[Int32?], PostgresError>] {
        let (stream, continuation) = AsyncStream.makeStream(of: (Int, Result<[Int32?], PostgresError>).self)
        await connection.loop.run {
            for (index, unit) in units.enumerated() {
                connection.submit(unit) { outcome in
                    continuation.yield((index, outcome.map { $0.map { $0.rowCount > 0 ? $0[0].int32(0) : nil } }))
                }
            }
        }
        var results: [Int: Result<[Int32?], PostgresError>] = [:]
        for await (index, result) in stream {
            results[index] = result
            if results.count == units.count { break }
        }
        return units.indices.map { results[$0] ?? .failure(.closed) }
    }

    @Test func `a failing unit leaves those before and behind it alone`() async throws {
        try await with { connection, _ in
            let units = (0..<30).map { number in
                [number % 3 == 1 ? Self.divide.with(Int32(0)) : Self.one.with(Int32(number))]
            }
            let results = await submitTogether(units, on: connection)
            for (number, result) in results.enumerated() {
                if number % 3 == 1 {
                    #expect(
                        throws: PostgresError.server(SQLState("22012"), message: "division by zero", constraint: nil)
                    ) {
                        try result.get()
                    }
                } else {
                    let values = try result.get()
                    #expect(values == [Int32(number)])
                }
            }
        }
    }

    @Test func `a statement that cannot be prepared fails by itself, each time, and can be tried again`() async throws {
        try await with { connection, _ in
            let late = PostgresStatement("late", "SELECT n FROM later_made WHERE n > $1::int4")
            let results = await submitTogether(
                [[late.with(Int32(0))], [Self.one.with(Int32(5))], [late.with(Int32(0))]], on: connection)
            for index in [0, 2] {
                guard case .failure(let error) = results[index] else {
                    Issue.record("a missing table was read")
                    continue
                }
                #expect(error.sqlState == .undefinedTable)
            }
            #expect(try results[1].get() == [5])
            try await connection.run(script: "CREATE TABLE later_made (n int); INSERT INTO later_made VALUES (7)")
            #expect(try await connection.query(late.with(Int32(0)))[0].int32(0) == 7)
        }
    }

    @Test func `statements with long names that begin alike are told apart`() async throws {
        try await with { connection, _ in
            let prefix = String(repeating: "n", count: 100)
            for number in 1...3 as ClosedRange<Int32> {
                let statement = PostgresStatement("\(prefix)\(number)", "SELECT \(number)")
                let answer = try await connection.query(PostgresQuery(statement))[0].int32(0)
                #expect(answer == number)
            }
        }
    }

    @Test func `a unit of work is committed whole or not at all`() async throws {
        try await with { connection, _ in
            try await connection.run(script: "CREATE TABLE kept (n int PRIMARY KEY)")
            let insert = PostgresStatement("insert_kept", "INSERT INTO kept VALUES ($1::int4)")
            let count = PostgresStatement("count_kept", "SELECT count(*)::int4 FROM kept")
            _ = try await connection.transaction([insert.with(Int32(1)), insert.with(Int32(2))])
            await #expect(throws: PostgresError.self) {
                try await connection.transaction([insert.with(Int32(3)), insert.with(Int32(1))])
            }
            #expect(try await connection.query(PostgresQuery(count))[0].int32(0) == 2)
        }
    }

    @Test func `a script waits for what is in flight, and what follows waits for it`() async throws {
        try await with { connection, loop in
            let (stream, continuation) = AsyncStream.makeStream(of: String.self)
            await loop.run {
                connection.submit([Self.one.with(Int32(1))]) { _ in continuation.yield("query") }
                connection.submit(script: "CREATE TABLE scripted (n int); INSERT INTO scripted VALUES (1)") { _ in
                    continuation.yield("script")
                }
                connection.submit([PostgresQuery(PostgresStatement("scripted", "SELECT n FROM scripted"))]) {
                    continuation.yield((try? $0.get()[0][0].int32(0)) == 1 ? "after" : "too early")
                }
                connection.submit(script: "SELECT nonsense") { outcome in
                    continuation.yield((try? outcome.get()) == nil ? "refused" : "taken")
                }
                connection.submit([Self.one.with(Int32(1))]) { _ in continuation.yield("last") }
            }
            var order: [String] = []
            for await event in stream {
                order.append(event)
                if order.count == 5 { break }
            }
            #expect(order == ["query", "script", "after", "refused", "last"])
        }
    }

    @Test func `a query that takes too long is cancelled, and those behind it go on`() async throws {
        try await with { connection, loop in
            let (stream, continuation) = AsyncStream.makeStream(of: PostgresOutcome.self)
            await loop.run {
                connection.submit([Self.nap.with(60.0)], timeout: .milliseconds(50)) { continuation.yield($0) }
                connection.submit([Self.one.with(Int32(9))]) { continuation.yield($0) }
            }
            var outcomes: [PostgresOutcome] = []
            for await outcome in stream {
                outcomes.append(outcome)
                if outcomes.count == 2 { break }
            }
            #expect(throws: PostgresError.timedOut) { try outcomes[0].get() }
            let answer = try outcomes[1].get()[0][0].int32(0)
            #expect(answer == 9)
        }
    }

    @Test func `a session that is ended from outside fails what is in flight and connects again`() async throws {
        var limits = PostgresLimits.patient()
        limits.reconnect = Backoff(shortest: .milliseconds(5), longest: .milliseconds(20))
        try await with(limits) { connection, _ in
            let end = PostgresStatement("end", "SELECT pg_terminate_backend(pg_backend_pid())")
            await #expect(throws: PostgresError.self) { try await connection.query(PostgresQuery(end)) }
            try await connection.connected(within: .seconds(60))
            #expect(try await connection.query(Self.one.with(Int32(3)))[0].int32(0) == 3)
        }
    }

    @Test func `large parameters and results pass in both directions at once`() async throws {
        try await with { connection, _ in
            let echo = PostgresStatement("echo", "SELECT $1::bytea")
            let blob = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            async let first = connection.query(echo.with(blob))
            async let second = connection.query(echo.with(blob.reversed() as [UInt8]))
            let answers = try await (first[0].bytes(0), second[0].bytes(0))
            #expect(answers.0 == blob)
            #expect(answers.1 == blob.reversed())
        }
    }

    @Test func `every session commits to the disk before it answers, whatever the default`() async throws {
        try await with { connection, _ in
            let show = PostgresStatement("show", "SELECT current_setting('synchronous_commit')")
            let setting = try await connection.query(PostgresQuery(show))[0].text(0)
            #expect(setting == "on")
        }
    }

    @Test func `what cannot be reached is named in one line, in time`() async throws {
        let loop = try Loop.start()
        for url in ["postgres://nobody:secret@127.0.0.1:1/none", "host=/nonexistent dbname=none"] {
            let connection = PostgresConnection(url: url, on: loop)
            let error = await #expect(throws: PostgresError.self) {
                try await connection.connected(within: .milliseconds(300))
            }
            let text = try #require(error).debugDescription
            #expect(!text.contains("\n") && !text.contains("secret") && text.contains("connection"))
            await connection.closed()
        }
        await loop.stop()
    }
}
