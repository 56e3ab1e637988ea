import HubTesting
import Model
import Persistence
import Telemetry
import Testing

@testable import Jobs

private struct Mishap: Error, CustomStringConvertible {
    let description: String
}

@Suite(.timeLimit(.minutes(2)))
struct `A queued job` {
    private let record = Record()
    private let kind = JobKind.text("test_kind")

    private func handler(
        _ kind: JobKind<String>, _ work: @escaping @Sendable (String, JobLease) async throws -> Void
    ) -> JobHandler { JobHandler(kind, work: work) }

    /// Notes what it is given.
    private var noting: JobHandler { handler(kind) { [record] text, _ in record.add(text) } }

    private func waiting(_ fixture: JobsFixture) async throws -> Int {
        try await fixture.count("SELECT count(*) FROM core.jobs")
    }

    @Test func `is done once and is then gone`() async throws {
        try await JobsFixture.with { fixture in
            let service = fixture.service(handlers: [noting])
            #expect(try await service.queue.enqueue(kind.job("hello")))
            try await fixture.running(service) {
                try await fixture.eventually("it is gone") { try await waiting(fixture) == 0 }
            }
            #expect(record.all == ["hello"])
            #expect(fixture.metric(#"hub_queue_attempts_total{kind="test_kind",result="done"}"#) == 1)
        }
    }

    @Test func `is found by polling when nothing is notified`() async throws {
        try await JobsFixture.with { fixture in
            try await fixture.query("ALTER TABLE core.jobs DISABLE TRIGGER announce")
            let service = fixture.service(handlers: [noting])
            try await fixture.running(service) {
                try await fixture.eventually("it polls") {
                    fixture.metrics.render().contains("hub_queue_jobs_waiting{")
                }
                _ = try await fixture.database.query(kind.job("from another hub").insertion)
                try await fixture.eventually("it is gone") { try await waiting(fixture) == 0 }
            }
            #expect(record.all == ["from another hub"])
        }
    }

    @Test func `lets another like it in from when it gives up its key, and not before`() async throws {
        try await JobsFixture.with { fixture in
            let added = Record()
            let queue = JobQueue(database: fixture.database)
            let work = handler(kind) { [kind] text, lease in
                guard text == "first" else { return added.add(text) }
                let early = try await queue.enqueue(kind.job("early", dedupeKey: "key"))
                let retirement = try #require(lease.retirement)
                _ = try await fixture.database.transaction([lease.proof, retirement])
                let late = try await queue.enqueue(kind.job("late", dedupeKey: "key"))
                added.add("\(early) \(late)")
            }
            let service = fixture.service(handlers: [work])
            try await queue.enqueue(kind.job("first", dedupeKey: "key"))
            try await fixture.running(service) {
                try await fixture.eventually("both are gone") { try await waiting(fixture) == 0 }
            }
            #expect(added.all.sorted() == ["false true", "late"])
        }
    }

    @Test func `can be added with others at once, but for those whose key is there`() async throws {
        try await JobsFixture.with { fixture in
            let service = fixture.service(handlers: [noting])
            try await service.queue.enqueue(kind.job("a", dedupeKey: "key"))
            let many = [
                kind.job("b", dedupeKey: "key"), kind.job("c", dedupeKey: "other"), kind.job("d"), kind.job("d"),
            ]
            _ = try await fixture.database.query(QueuedJob.insertion(of: many))
            try await fixture.running(service) {
                try await fixture.eventually("all are gone") { try await waiting(fixture) == 0 }
            }
            #expect(record.all.sorted() == ["a", "c", "d", "d"])
        }
    }

    @Test func `is there if the transaction that adds it commits, and only then`() async throws {
        try await JobsFixture.with { fixture in
            let bad = PostgresQuery(PostgresStatement("bad", "SELECT 1 / 0"))
            await #expect(throws: PostgresError.self) {
                try await fixture.database.transaction([kind.job("never").insertion, bad])
            }
            #expect(try await waiting(fixture) == 0)
            let good = PostgresQuery(PostgresStatement("good", "INSERT INTO core.groups (id) VALUES ('g1')"))
            _ = try await fixture.database.transaction([good, kind.job("after all").insertion])
            #expect(try await waiting(fixture) == 1)
        }
    }

    @Test func `with a dedupe key is added once, until it is done`() async throws {
        try await JobsFixture.with { fixture in
            let service = fixture.service(handlers: [noting])
            #expect(try await service.queue.enqueue(kind.job("1", dedupeKey: "k")))
            #expect(try await service.queue.enqueue(kind.job("2", dedupeKey: "k")) == false)
            #expect(try await service.queue.enqueue(kind.job("3", dedupeKey: "other")))
            #expect(try await service.queue.enqueue(JobKind.text("other_kind").job("4", dedupeKey: "k")))
            try await fixture.running(service) {
                try await fixture.eventually("both are gone") { try await waiting(fixture) == 1 }
            }
            #expect(Set(record.all) == ["1", "3"])
            #expect(try await service.queue.enqueue(kind.job("5", dedupeKey: "k")))
        }
    }

    @Test func `that is urgent goes first, and one that is for later is left alone`() async throws {
        try await JobsFixture.with { fixture in
            let one = JobKind.text("test_kind", concurrency: 1)
            let service = fixture.service(handlers: [handler(one) { [record] text, _ in record.add(text) }])
            for (text, priority) in [("low", JobPriority.low), ("normal", .normal), ("high", .high)] {
                try await service.queue.enqueue(one.job(text, priority: priority, id: .random()))
            }
            try await service.queue.enqueue(one.job("later", priority: .high, after: .seconds(3600), id: .random()))
            try await fixture.running(service) {
                try await fixture.eventually("three are gone") { try await waiting(fixture) == 1 }
                try await fixture.query("UPDATE core.jobs SET run_at = now()")
                try await fixture.eventually("so is the fourth") { try await waiting(fixture) == 0 }
            }
            #expect(record.all == ["high", "normal", "low", "later"])
        }
    }

    @Test func `that fails is tried again, and is given up after its last attempt`() async throws {
        try await JobsFixture.with { fixture in
            let service = fixture.service(handlers: [
                handler(kind) { [record] text, lease in
                    record.add("\(text) \(lease.attempt)")
                    if text == "bad" || lease.attempt == 1 { throw Mishap(description: "attempt \(lease.attempt)") }
                }
            ])
            let bad = kind.job("bad")
            try await service.queue.enqueue(bad)
            try await service.queue.enqueue(kind.job("moody"))
            try await fixture.running(service) {
                try await fixture.eventually("both are over") { try await waiting(fixture) == 0 }
                try await fixture.eventually("the metrics say so") {
                    fixture.metric(#"hub_queue_jobs_dead{kind="test_kind"}"#) == 1
                        && fixture.metric(#"hub_queue_jobs_running{kind="test_kind"}"#) == 0
                }
            }
            #expect(record.all.sorted() == ["bad 1", "bad 2", "bad 3", "moody 1", "moody 2"])
            let dead = try await service.queue.dead(limit: 10)
            #expect(dead.map(\.id) == [bad.id] && dead[0].kind == "test_kind")
            #expect(dead[0].attempts == 3 && dead[0].reason == "attempt 3")
            let depths = try await service.queue.depths()
            #expect(depths == [JobQueueDepth(kind: "test_kind", waiting: 0, running: 0, dead: 1)])
            #expect(fixture.metric(#"hub_queue_attempts_total{kind="test_kind",result="retried"}"#) == 3)
            #expect(fixture.metric(#"hub_queue_attempts_total{kind="test_kind",result="dead"}"#) == 1)
        }
    }

    @Test func `waits as long as its handler or its backoff says before it is tried again`() async throws {
        try await JobsFixture.with { fixture in
            let patient = JobKind.text(
                "patient", attempts: 5, backoff: Backoff(shortest: .seconds(1_000), longest: .seconds(1_000)))
            let service = fixture.service(handlers: [
                handler(patient) { text, _ in
                    if text == "backoff" { throw Mishap(description: "no") }
                    throw JobFailure.notYet("come back", after: .seconds(5_000))
                }
            ])
            try await service.queue.enqueue(patient.job("backoff"))
            try await service.queue.enqueue(patient.job("asked"))
            try await fixture.running(service) {
                try await fixture.eventually("both wait") {
                    try await fixture.count(
                        "SELECT count(*) FROM core.jobs WHERE last_error IS NOT NULL AND locked_by IS NULL") == 2
                }
            }
            let waits = try await fixture.query(
                """
                SELECT (extract(epoch FROM run_at - clock_timestamp()))::float8 FROM core.jobs
                ORDER BY last_error DESC
                """
            ).rows.map { $0.double(0) ?? 0 }
            #expect((400...1_000).contains(waits[0]) && (4_900...5_000).contains(waits[1]), "\(waits)")
        }
    }

    @Test func `that can never be done is given up at once`() async throws {
        try await JobsFixture.with { fixture in
            let numbers = JobKind<Int>(
                "numbers", encode: { Array("\($0)".utf8) },
                decode: { bytes in
                    guard let number = Int(String(decoding: bytes, as: UTF8.self)) else {
                        throw Mishap(description: "no number")
                    }
                    return number
                })
            let service = fixture.service(handlers: [
                handler(kind) { _, _ in throw JobFailure.permanent("no such address") },
                JobHandler(numbers) { _, _ in },
            ])
            try await service.queue.enqueue(kind.job("x"))
            try await fixture.query(
                """
                INSERT INTO core.jobs (id, kind, priority, payload, run_at, max_attempts)
                VALUES (gen_random_uuid(), 'numbers', 1, 'seven', now(), 8)
                """)
            try await fixture.running(service) {
                try await fixture.eventually("both are over") { try await waiting(fixture) == 0 }
            }
            let reasons = try await service.queue.dead(limit: 10).map { "\($0.kind) \($0.attempts) \($0.reason)" }
            #expect(
                Set(reasons) == [
                    "test_kind 1 no such address", "numbers 1 its payload cannot be read: no number",
                ])
        }
    }

    @Test func `that hangs is cancelled when its time is over, and is tried again`() async throws {
        try await JobsFixture.with { fixture in
            let hasty = JobKind.text("hasty", attempts: 2, timeLimit: .milliseconds(50), concurrency: 1)
            let service = fixture.service(handlers: [
                handler(hasty) { [record] _, lease in
                    record.add("attempt \(lease.attempt)")
                    try await untilCancelled()
                }
            ])
            try await service.queue.enqueue(hasty.job("x"))
            try await fixture.running(service) {
                try await fixture.eventually("it is given up") { try await service.queue.dead(limit: 1).count == 1 }
            }
            #expect(record.all == ["attempt 1", "attempt 2"])
            #expect(try await service.queue.dead(limit: 1).first?.reason == "its time was over")
        }
    }

    @Test func `that takes no notice of its end keeps its place, and the queue goes on elsewhere`() async throws {
        try await JobsFixture.with { fixture in
            let gate = Gate()
            let stubborn = JobKind.text("stubborn", attempts: 1, timeLimit: .milliseconds(50), concurrency: 1)
            let handlers = [
                handler(stubborn) { [record] text, _ in
                    record.add("\(text) begins")
                    if text == "first" { await gate.pass() }
                }
            ]
            let first = fixture.service("a", handlers: handlers)
            try await first.queue.enqueue(stubborn.job("first"))
            try await fixture.running(first) {
                try await fixture.eventually("it is given up") { try await first.queue.dead(limit: 1).count == 1 }
                try await first.queue.enqueue(stubborn.job("second"))
                // Its only place is taken; another hub has one.
                #expect(fixture.metric(#"hub_queue_jobs_running{kind="stubborn"}"#) == 1)
                try await fixture.running(fixture.service("b", handlers: handlers)) {
                    try await fixture.eventually("the other has done it") { try await waiting(fixture) == 0 }
                }
                gate.open()
            }
            #expect(record.all == ["first begins", "second begins"])
        }
    }

    @Test func `that outlives its lease is done by another, and neither its end nor its writes are taken`() async throws
    {
        try await JobsFixture.with { fixture in
            let gate = Gate()
            // With one place, so that its own hub cannot be the one that takes it over.
            let slow = fixture.service(
                "slow",
                handlers: [
                    handler(JobKind.text("test_kind", concurrency: 1)) { [record] _, lease in
                        record.add("slow begins")
                        await gate.pass()
                        do {
                            _ = try await fixture.database.transaction([
                                lease.proof,
                                PostgresQuery(
                                    PostgresStatement("late", "INSERT INTO core.groups (id) VALUES ('too-late')")),
                            ])
                        } catch let error as PostgresError {
                            record.add("refused \(error.sqlState?.code ?? "-")")
                        }
                    }
                ])
            let quick = fixture.service(
                "quick",
                handlers: [
                    handler(kind) { [record] _, lease in
                        _ = try await fixture.database.transaction([lease.proof])
                        record.add("quick, attempt \(lease.attempt)")
                    }
                ])
            try await slow.queue.enqueue(kind.job("x"))
            try await fixture.running(slow) {
                try await fixture.eventually("the slow one has begun") { record.count("slow begins") == 1 }
                try await fixture.running(quick) {
                    try await fixture.query("UPDATE core.jobs SET run_at = now() - interval '1 second'")
                    try await fixture.eventually("the other has done it") { try await waiting(fixture) == 0 }
                }
                gate.open()
                try await fixture.eventually("the slow one has ended") {
                    fixture.metric(#"hub_queue_attempts_total{kind="test_kind",result="fenced"}"#) == 1
                }
            }
            #expect(record.all == ["slow begins", "quick, attempt 2", "refused PJ001"])
            #expect(try await fixture.count("SELECT count(*) FROM core.groups WHERE id = 'too-late'") == 0)
        }
    }

    @Test func `of a worker that was killed is done by another after the lease`() async throws {
        try await JobsFixture.with { fixture in
            let job = kind.job("x")
            _ = try await fixture.database.query(job.insertion)
            // Killed between claim and completion: of a process that is gone nothing is left but what it has committed.
            let claims = try await JobQueueStore(database: fixture.database)
                .claim([.init(kind: "test_kind", count: 1, lease: .seconds(3600))], by: "killed")
            #expect(claims.map(\.id) == [job.id])
            let service = fixture.service(handlers: [
                handler(kind) { [record] _, lease in record.add("attempt \(lease.attempt)") }
            ])
            try await fixture.running(service) {
                // It looks, and leaves it alone, for as long as the lease lasts.
                try await fixture.eventually("it has looked") {
                    fixture.metrics.render().contains("hub_queue_jobs_waiting{")
                }
                #expect(record.all.isEmpty)
                try await fixture.query("UPDATE core.jobs SET run_at = run_at - interval '3601 seconds'")
                try await fixture.eventually("it is done") { try await waiting(fixture) == 0 }
            }
            #expect(record.all == ["attempt 2"])
            // The dead worker's claim is worth nothing any more, should it come back.
            #expect(try await JobQueueStore(database: fixture.database).complete(claims[0]) == false)
        }
    }

    @Test func `that kills its worker every time is given up too`() async throws {
        try await JobsFixture.with { fixture in
            let store = JobQueueStore(database: fixture.database)
            _ = try await fixture.database.query(kind.job("poison").insertion)
            for attempt in 1...3 {
                let claims = try await store.claim(
                    [.init(kind: "test_kind", count: 5, lease: .seconds(30))], by: "killed")
                #expect(claims.map(\.attempt) == [attempt])
                try await fixture.query("UPDATE core.jobs SET run_at = now() - interval '1 second'")
            }
            let last = try await store.claim([.init(kind: "test_kind", count: 5, lease: .seconds(30))], by: "next")
            #expect(last.isEmpty)
            #expect(try await store.dead(limit: 5).map(\.reason) == ["its worker was lost in the last attempt"])
        }
    }

    @Test func `is done by one of several hubs, and no more at a time than its kind allows`() async throws {
        try await JobsFixture.with { fixture in
            let (active, most) = (MutexNumber(), MutexNumber())
            let handlers = [
                handler(JobKind.text("test_kind", concurrency: 3)) { [record] text, _ in
                    let now = active.change { $0 + 1 }
                    most.change { max($0, now) }
                    await Task.yield()
                    record.add(text)
                    active.change { $0 - 1 }
                }
            ]
            let services = (1...2).map { fixture.service("hub-\($0)", handlers: handlers) }
            for number in 0..<200 { _ = try await fixture.database.query(kind.job("\(number)").insertion) }
            try await fixture.running(services[0], services[1]) {
                try await fixture.eventually("all are gone") { try await waiting(fixture) == 0 }
            }
            #expect(record.all.count == 200 && Set(record.all).count == 200)
            #expect(most.value <= 6)
        }
    }

    @Test func `under way when the hub stops is given back, with the attempt`() async throws {
        try await JobsFixture.with { fixture in
            let service = fixture.service(handlers: [
                handler(kind) { [record] _, lease in
                    record.add("attempt \(lease.attempt)")
                    if record.all.count == 1 { try await untilCancelled() }
                }
            ])
            try await service.queue.enqueue(kind.job("x"))
            try await fixture.running(service) {
                try await fixture.eventually("it has begun") { record.all.count == 1 }
            }
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM core.jobs WHERE locked_by IS NULL AND attempts = 0 AND run_at <= now()") == 1)
            let next = fixture.service(handlers: [
                handler(kind) { [record] _, lease in record.add("attempt \(lease.attempt)") }
            ])
            try await fixture.running(next) {
                try await fixture.eventually("it is done") { try await waiting(fixture) == 0 }
            }
            #expect(record.all == ["attempt 1", "attempt 1"])
        }
    }

    @Test func `that was given up can be put back alone, with its kind, or with all`() async throws {
        try await JobsFixture.with { fixture in
            let queue = JobQueue(database: fixture.database)
            let store = JobQueueStore(database: fixture.database)
            let other = JobKind.text("other_kind")
            let jobs = [kind.job("a", dedupeKey: "k"), kind.job("b"), other.job("c"), other.job("d")]
            for job in jobs { _ = try await store.insert(job) }
            func buryAll() async throws {
                for kind in ["test_kind", "other_kind"] {
                    for claim in try await store.claim([.init(kind: kind, count: 9, lease: .seconds(9))], by: "t") {
                        _ = try await store.fail(claim, reason: "no", delay: .zero, isPermanent: true)
                    }
                }
            }
            try await buryAll()
            #expect(try await queue.dead(limit: 10).count == 4)
            #expect(try await queue.retryDead(id: .random()) == 0)
            #expect(try await queue.retryDead(id: jobs[1].id) == 1)
            #expect(try await queue.retryDead(kind: "nosuch") == 0)
            #expect(try await queue.retryDead(kind: "other_kind") == 2)
            #expect(try await fixture.count("SELECT count(*) FROM core.jobs WHERE attempts = 0") == 3)
            try await buryAll()
            // One of the same key is in the queue again: that one will be done.
            #expect(try await store.insert(kind.job("again", dedupeKey: "k")))
            #expect(try await queue.retryDead() == 3)
            #expect(try await queue.dead(limit: 10).isEmpty)
            #expect(try await waiting(fixture) == 4)
        }
    }

    @Test func `that was given up is removed after a time, oldest first`() async throws {
        try await JobsFixture.with { fixture in
            let queue = JobQueue(database: fixture.database)
            try await fixture.query(
                """
                INSERT INTO core.dead_jobs (id, kind, priority, payload, created_at, attempts, max_attempts, died_at)
                SELECT gen_random_uuid(), 'test_kind', 1, '', now(), 1, 1, now() - n * interval '10 days'
                FROM generate_series(1, 5) n
                """)
            #expect(try await queue.removeDead(olderThan: .seconds(25 * 86_400), limit: 2) == 2)
            #expect(try await queue.removeDead(olderThan: .seconds(25 * 86_400), limit: 2) == 1)
            #expect(try await queue.dead(limit: 10).count == 2)
        }
    }

    @Test func `is claimed by an index, whatever waits for later`() async throws {
        try await JobsFixture.with { fixture in
            try await fixture.query(
                """
                INSERT INTO core.jobs (id, kind, priority, payload, run_at, max_attempts)
                SELECT gen_random_uuid(), 'test_kind', n % 3, '', now() + (n - 10) * interval '1 second', 1
                FROM generate_series(1, 20000) n
                """)
            try await fixture.query("ANALYZE core.jobs")
            let plan = try await fixture.query(
                """
                EXPLAIN SELECT j.id FROM core.jobs j WHERE j.kind = 'test_kind' AND j.priority = 1 AND j.run_at <= now()
                ORDER BY j.run_at LIMIT 2 FOR UPDATE SKIP LOCKED
                """
            ).rows.compactMap { $0.text(0) }.joined(separator: "\n")
            #expect(plan.contains("jobs_claim") && !plan.contains("Seq Scan") && !plan.contains("Sort"), "\(plan)")
        }
    }
}
