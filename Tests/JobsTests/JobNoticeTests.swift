import HubTesting
import Model
import Persistence
import Telemetry
import Testing

@testable import Jobs

/// Workers that look once an hour: what they find sooner they were told of, or knew that it would fall due.
@Suite(.timeLimit(.minutes(2)))
struct `A worker with nothing to do` {
    private let record = Record()
    private let kind = JobKind.text("test_kind")

    private func service(_ fixture: JobsFixture, _ name: String = "hub-1") -> JobService {
        fixture.service(
            name, handlers: [JobHandler(kind) { [record] text, lease in record.add("\(text) \(lease.attempt)") }],
            poll: .seconds(3600))
    }

    private func waiting(_ fixture: JobsFixture) async throws -> Int {
        try await fixture.count("SELECT count(*) FROM core.jobs")
    }

    @Test func `is told of jobs that anybody adds, by any statement`() async throws {
        try await JobsFixture.with { fixture in
            try await fixture.running(service(fixture), service(fixture, "hub-2")) {
                for round in 1...3 {
                    _ = try await fixture.database.query(kind.job("one \(round)").insertion)
                    try await fixture.eventually("it is gone") { try await waiting(fixture) == 0 }
                    _ = try await fixture.database.query(
                        QueuedJob.insertion(of: (1...5).map { kind.job("many \(round)-\($0)") }))
                    try await fixture.eventually("they are gone") { try await waiting(fixture) == 0 }
                }
            }
            #expect(record.all.count == 18 && Set(record.all).count == 18)
        }
    }

    @Test func `is told of what has fallen due by then, and of what is put back`() async throws {
        try await JobsFixture.with { fixture in
            _ = try await fixture.database.query(kind.job("x", after: .seconds(3600), id: .random()).insertion)
            try await fixture.running(service(fixture)) {
                try await fixture.query("UPDATE core.jobs SET run_at = now()")
                try await fixture.eventually("it is gone") { try await waiting(fixture) == 0 }
                try await fixture.query(
                    """
                    INSERT INTO core.dead_jobs (id, kind, priority, payload, created_at, attempts, max_attempts)
                    VALUES (gen_random_uuid(), 'test_kind', 1, 'dead', now(), 3, 3)
                    """)
                // Another program's.
                #expect(try await JobQueue(database: fixture.database).retryDead() == 1)
                try await fixture.eventually("that is gone too") { record.count("dead 1") == 1 }
            }
        }
    }

    @Test func `sleeps until a job falls due, whether it came before it or later`() async throws {
        try await JobsFixture.with { fixture in
            let early = kind.job("early", after: .milliseconds(300), id: .random())
            _ = try await fixture.database.query(early.insertion)
            try await fixture.running(service(fixture)) {
                try await fixture.eventually("the first is gone") { try await waiting(fixture) == 0 }
                _ = try await fixture.database.query(kind.job("far", after: .seconds(3600), id: .random()).insertion)
                let late = kind.job("late", priority: .low, after: .milliseconds(300), id: .random())
                _ = try await fixture.database.query(late.insertion)
                try await fixture.eventually("so is the second") { record.count("late 1") == 1 }
            }
            #expect(record.all == ["early 1", "late 1"])
        }
    }

    @Test func `takes over what a dead one has left, when the lease ends`() async throws {
        try await JobsFixture.with { fixture in
            _ = try await fixture.database.query(kind.job("x").insertion)
            let claims = try await JobQueueStore(database: fixture.database)
                .claim([.init(kind: "test_kind", count: 1, lease: .milliseconds(500))], by: "killed")
            #expect(claims.count == 1)
            try await fixture.running(service(fixture)) {
                try await fixture.eventually("it is gone") { try await waiting(fixture) == 0 }
            }
            #expect(record.all == ["x 2"])
        }
    }

    @Test func `tries again soon what is due and held by somebody`() async throws {
        try await JobsFixture.with { fixture in
            _ = try await fixture.database.query(kind.job("x").insertion)
            try await fixture.database.withConnection(within: .seconds(60)) { other in
                try await other.run(script: "BEGIN; SELECT FROM core.jobs FOR UPDATE")
                try await fixture.running(service(fixture)) {
                    try await fixture.eventually("it has looked") {
                        fixture.metrics.render().contains("hub_queue_jobs_waiting{")
                    }
                    #expect(record.all.isEmpty)
                    // Nothing is notified of a lock that is let go.
                    try await other.run(script: "ROLLBACK")
                    try await fixture.eventually("it is gone") { try await waiting(fixture) == 0 }
                }
            }
            #expect(record.all == ["x 1"])
        }
    }

    @Test func `knows when the next of each kind falls due`() async throws {
        try await JobsFixture.with { fixture in
            let store = JobQueueStore(database: fixture.database)
            let other = JobKind.text("other_kind")
            for (delay, priority) in [(5_000, JobPriority.high), (3_000, .low), (4_000, .normal)] {
                let job = kind.job("x", priority: priority, after: .seconds(delay), id: .random())
                _ = try await fixture.database.query(job.insertion)
            }
            for _ in 1...3 { _ = try await fixture.database.query(other.job("y").insertion) }
            let wants = ["test_kind", "other_kind", "no_kind"].map {
                JobQueueStore.Want(kind: $0, count: 2, lease: .seconds(30))
            }
            let look = try await store.look(wants, by: "test")
            #expect(look.claims.map(\.kind) == ["other_kind", "other_kind"])
            #expect(look.dueIn.keys.sorted() == ["other_kind", "test_kind"])
            let (due, left) = (try #require(look.dueIn["test_kind"]), try #require(look.dueIn["other_kind"]))
            #expect(due > .seconds(2_900) && due <= .seconds(3_000))
            #expect(left <= .zero)
        }
    }
}
