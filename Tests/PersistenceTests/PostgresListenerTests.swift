import EventLoop
import HubTesting
import Persistence
import Synchronization
import Testing

/// Counts what a listener hears.
private final class Ear: Sendable {
    private let count = Atomic<Int>(0)
    var heard: Int { count.load(ordering: .sequentiallyConsistent) }
    func hear() { count.wrappingAdd(1, ordering: .sequentiallyConsistent) }

    /// Waits until it has heard more than `before`.
    func hearsMore(than before: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while heard <= before {
            try #require(ContinuousClock.now < deadline, "nothing was heard")
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct `A listener` {
    private static let notify = PostgresStatement("test.notify", "SELECT pg_notify($1::text, '')")
    private static let other = PostgresStatement("test.other", "SELECT pg_notify('other_channel', 'x')")
    private static let end = PostgresStatement(
        "test.end",
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'
        """)

    private func with(_ body: (Database) async throws -> Void) async throws {
        let test = try await TestPostgres.shared.database(isMigrated: false)
        let loops = try LoopGroup.start(count: 1)
        let database = Database(url: test.url, limits: .patient(), on: loops.loops)
        try await body(database)
        await database.close()
        await loops.stop()
        try await test.drop()
    }

    @Test func `hears its channel while the connection does other work, and that it listens`() async throws {
        try await with { database in
            let (ear, deaf) = (Ear(), Ear())
            database.listen(PostgresListener("test_channel") { ear.hear() })
            database.listen(PostgresListener("silent_channel") { deaf.hear() })
            database.start()
            try await ear.hearsMore(than: 0)
            try await deaf.hearsMore(than: 0)
            for _ in 1...20 {
                let before = ear.heard
                _ = try await database.transaction([Self.other.with(), Self.notify.with("test_channel")])
                try await ear.hearsMore(than: before)
            }
            #expect(deaf.heard == 1)
        }
    }

    @Test func `may come when the connection is there already`() async throws {
        try await with { database in
            database.start()
            _ = try await database.query(Self.other.with())
            let ear = Ear()
            database.listen(PostgresListener("test_channel") { ear.hear() })
            try await ear.hearsMore(than: 0)
            _ = try await database.query(Self.notify.with("test_channel"))
            try await ear.hearsMore(than: 1)
        }
    }

    @Test func `hears nothing of what was undone`() async throws {
        try await with { database in
            let ear = Ear()
            database.listen(PostgresListener("test_channel") { ear.hear() })
            database.start()
            try await ear.hearsMore(than: 0)
            let fault = PostgresStatement("test.fault", "SELECT 1 / 0")
            await #expect(throws: PostgresError.self) {
                try await database.transaction([Self.notify.with("test_channel"), fault.with()])
            }
            // Notifications come in the order of the commits.
            _ = try await database.query(Self.notify.with("test_channel"))
            try await ear.hearsMore(than: 1)
            #expect(ear.heard == 2)
        }
    }

    @Test func `that Postgres refuses does not cost the others their session`() async throws {
        try await with { database in
            let (ear, deaf) = (Ear(), Ear())
            // A word of SQL's own, which is no channel.
            database.listen(PostgresListener("select") { deaf.hear() })
            database.listen(PostgresListener("test_channel") { ear.hear() })
            database.start()
            try await ear.hearsMore(than: 0)
            for _ in 1...20 {
                let before = ear.heard
                _ = try await database.query(Self.notify.with("test_channel"))
                try await ear.hearsMore(than: before)
            }
            // Once that it listens, and once a notification: it was the same session throughout.
            #expect(ear.heard == 21)
            #expect(deaf.heard == 0)
        }
    }

    @Test func `listens again on the session that follows one that was lost`() async throws {
        try await with { database in
            let ear = Ear()
            database.listen(PostgresListener("test_channel") { ear.hear() })
            database.start()
            try await ear.hearsMore(than: 0)
            try await database.withConnection(within: .seconds(60)) { other in
                _ = try await other.query(Self.end.with())
            }
            try await ear.hearsMore(than: 1)
            _ = try await database.retryingQuery(Self.notify.with("test_channel"))
            try await ear.hearsMore(than: 2)
        }
    }
}
