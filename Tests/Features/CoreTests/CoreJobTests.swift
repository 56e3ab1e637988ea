import EventLoop
import FeatureKit
import Glibc
import HubTesting
import Jobs
import Model
import Persistence
import Telemetry
import Testing

@testable import Core

/// What the core has done now and then, each on a database of its own.
@Suite(.timeLimit(.minutes(2)))
struct `The core's jobs` {
    private struct Fixture {
        let database: Database
        let service: JobService

        @discardableResult
        func query(_ sql: String) async throws -> PostgresResult {
            try await database.query(PostgresQuery(PostgresStatement(sql, sql)))
        }

        func count(_ sql: String) async throws -> Int { Int(try await query(sql)[0].int64(0) ?? -1) }

        /// Runs a job now; what it reports.
        func run(_ name: String) async throws -> String {
            switch try await service.run(name) {
            case .done(let report, _): return report
            case .failed(let reason, _): return "failed: \(reason)"
            case .busy: return "busy"
            case nil: return "no such job"
            }
        }
    }

    private func with(retention days: Int = 30, _ body: (Fixture) async throws -> Void) async throws {
        let test = try await TestPostgres.shared.database()
        let loops = try LoopGroup.start(count: 1)
        let database = Database(url: test.url, limits: .patient(), on: loops.loops)
        database.start()
        let services = JobServices(
            clock: WallClock(), logger: TestPostgres.log, database: database,
            locationRetention: .seconds(days * 86_400))
        let service = JobService(
            database: database, queue: JobQueue(database: database), holder: "test",
            jobs: CoreFeature.scheduledJobs(services: services), metrics: MetricsRegistry(), log: TestPostgres.log)
        var failure: (any Error)?
        do {
            try await body(Fixture(database: database, service: service))
        } catch {
            failure = error
        }
        await database.close()
        await loops.stop()
        try? await test.drop()
        if let failure { throw failure }
    }

    @Test func `are these, and each runs on an empty database`() async throws {
        try await with { fixture in
            #expect(
                fixture.service.names == [
                    "dead_jobs", "group_member_counts", "idempotency_keys", "location_partitions",
                    "location_retention", "stream_tickets",
                ])
            for name in fixture.service.names {
                let report = try await fixture.run(name)
                #expect(!report.hasPrefix("failed"), "\(name) \(report)")
            }
            let listed = try await fixture.service.list()
            #expect(listed.map(\.row.lastResult) == Array(repeating: "done", count: 6))
        }
    }

    @Test func `make partitions for the days to come`() async throws {
        try await with { fixture in
            // Three days have theirs already.
            try await #expect(fixture.run("location_partitions") == "partitions 14")
            try await #expect(fixture.run("location_partitions") == "partitions 0")
        }
    }

    @Test(arguments: [30, 3])
    func `remove locations by when they were received, after as many days as the setting says`(
        days: Int
    ) async throws {
        try await with(retention: days) { fixture in
            try await fixture.query("SELECT core.ensure_location_partitions(current_date - 40, current_date)")
            try await fixture.query(
                """
                INSERT INTO core.locations (device_id, captured_at, created_at, latitude, longitude, accuracy)
                SELECT gen_random_uuid(), now() - n * interval '1 day', now() - n * interval '1 day', 1, 2, 3
                FROM generate_series(0, 39) n
                """)
            // Taken long ago and received just now.
            try await fixture.query(
                """
                INSERT INTO core.locations (device_id, captured_at, created_at, latitude, longitude, accuracy)
                VALUES (gen_random_uuid(), now() - interval '38 days', now(), 1, 2, 3)
                """)
            let report = try await fixture.run("location_retention")
            #expect(report.hasPrefix("rows \(40 - days), "), "\(report)")
            let kept = try await fixture.count("SELECT count(*) FROM core.locations")
            #expect(kept == days + 1)
            let old = try await fixture.count(
                "SELECT count(*) FROM core.locations WHERE created_at < now() - interval '\(days) days'")
            #expect(old == 0)
            try await #expect(fixture.run("location_retention") == "rows 0, partitions 0")
        }
    }

    @Test func `leave a partition that a reader holds for the batches, without holding up writers`() async throws {
        try await with { fixture in
            try await fixture.query("SELECT core.ensure_location_partitions(current_date - 40, current_date)")
            try await fixture.query(
                """
                INSERT INTO core.locations (device_id, captured_at, created_at, latitude, longitude, accuracy)
                SELECT gen_random_uuid(), now() - interval '35 days', now() - interval '35 days', 1, 2, 3
                """)
            let start = ContinuousClock.now
            try await fixture.database.withConnection(within: .seconds(60)) { reader in
                _ = try await reader.run(
                    script: "BEGIN; SELECT count(*) FROM core.locations WHERE captured_at > now() - interval '40 days'")
                async let report = fixture.run("location_retention")
                var slowest = Duration.zero
                for number in 0..<100 {
                    let start = ContinuousClock.now
                    try await fixture.query(
                        """
                        INSERT INTO core.locations (device_id, captured_at, latitude, longitude, accuracy)
                        VALUES (gen_random_uuid(), now() - interval '\(number) milliseconds', 1, 2, 3)
                        """)
                    slowest = max(slowest, start.duration(to: .now))
                }
                // No writer waits for the reader, who never ends by itself.
                #expect(slowest < .seconds(10), "\(slowest)")
                try await #expect(report == "rows 1, partitions 0")
            }
            #expect(ContinuousClock.now - start < .seconds(60))
            try await #expect(fixture.count("SELECT count(*) FROM core.locations") == 100)
        }
    }

    @Test func `refresh the statistics of groups`() async throws {
        try await with { fixture in
            try await fixture.query("INSERT INTO core.groups (id) VALUES ('family'), ('empty')")
            try await fixture.query(
                """
                INSERT INTO core.devices (device_id, display_name, group_id, active, last_seen_at)
                SELECT gen_random_uuid(), 'Phone', 'family', n < 3, ('2026-01-0' || n)::timestamptz FROM generate_series(1, 3) n
                """)
            try await #expect(fixture.count("SELECT count(*) FROM core.group_member_counts") == 0)
            try await #expect(fixture.run("group_member_counts") == "")
            let rows = try await fixture.query(
                """
                SELECT group_id || ' ' || member_count || ' ' || coalesce((last_activity AT TIME ZONE 'UTC')::date::text, '-')
                FROM core.group_member_counts ORDER BY group_id
                """)
            #expect(rows.rows.map { $0.text(0) } == ["empty 0 -", "family 2 2026-01-02"])
        }
    }

    @Test func `remove kept answers, tickets and dead jobs whose time is over, and no others`() async throws {
        try await with { fixture in
            try await fixture.query(
                """
                INSERT INTO core.idempotency_keys (key_hash, body_hash, claim, status, body, created_at)
                SELECT sha256(n::text::bytea), sha256(''), n, 200, '', now() - n * interval '1 hour'
                FROM generate_series(1, 12000) n
                """)
            try await fixture.query(
                """
                INSERT INTO core.api_keys (id, key_hash, key_prefix, name)
                VALUES ('00000000-0000-0000-0000-000000000001', sha256(''), 'pm_abcde', 'test')
                """)
            try await fixture.query(
                """
                INSERT INTO core.stream_tickets (ticket_hash, key_id, expires_at)
                SELECT sha256(n::text::bytea), '00000000-0000-0000-0000-000000000001', now() + n * interval '1 minute'
                FROM generate_series(-3, 3) n WHERE n <> 0
                """)
            try await fixture.query(
                """
                INSERT INTO core.dead_jobs (id, kind, priority, payload, created_at, attempts, max_attempts, died_at)
                SELECT gen_random_uuid(), 'x', 1, '', now(), 1, 1, now() - n * interval '20 days'
                FROM generate_series(0, 3) n
                """)
            try await #expect(fixture.run("idempotency_keys") == "rows \(12_000 - 23)")
            try await #expect(fixture.run("stream_tickets") == "rows 3")
            try await #expect(fixture.run("dead_jobs") == "rows 2")
            try await #expect(fixture.count("SELECT count(*) FROM core.idempotency_keys") == 23)
            try await #expect(fixture.count("SELECT count(*) FROM core.stream_tickets") == 3)
            try await #expect(fixture.count("SELECT count(*) FROM core.dead_jobs") == 2)
        }
    }
}

private struct WallClock: LiveClock {
    var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
