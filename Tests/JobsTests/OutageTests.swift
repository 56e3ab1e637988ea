import EventLoop
import HubTesting
import Model
import Persistence
import Telemetry
import Testing

@testable import Jobs

/// A Postgres of a test's own that can be away for a while, and one hub's jobs on it.
private final class Outage {
    private let directory: String
    private let loop: Loop
    private var server: PrivatePostgres
    /// The hub's, which does not wait long for a Postgres that is away.
    let database: Database
    /// The test's own.
    let patient: Database
    let metrics = MetricsRegistry()

    private init() async throws {
        directory = try TestPostgres.temporaryDirectory("hub-jobs-pg")
        loop = try Loop.start()
        server = try await Outage.start(directory, on: loop)
        database = Database(
            url: server.url, limits: PostgresLimits(queryTimeout: .seconds(2), connectionsPerLoop: 2), on: [loop])
        database.start()
        patient = Database(url: server.url, limits: .patient(), on: [loop])
        patient.start()
        _ = try await patient.withConnection(within: .seconds(60)) { connection in
            try await Migrator(areas: [.core], log: TestPostgres.log).migrate(on: connection)
        }
    }

    private static func start(_ directory: String, on loop: Loop) async throws -> PrivatePostgres {
        var options = PrivatePostgresOptions(dataDirectory: directory)
        options.isDurable = false
        return try await PrivatePostgres.start(
            options, on: loop, log: TestPostgres.log, metrics: TestPostgres.metrics)
    }

    static func with(
        jobs: [ScheduledJob] = [], handlers: [JobHandler] = [],
        limits: JobWorkerLimits = JobWorkerLimits(pollInterval: .milliseconds(50)),
        _ body: (Outage, JobService) async throws -> Void
    ) async throws {
        let outage = try await Outage()
        let service = JobService(
            database: outage.database, queue: JobQueue(database: outage.database), holder: "test", jobs: jobs,
            handlers: handlers, limits: limits, metrics: outage.metrics, log: TestPostgres.log)
        let run = Task { await service.run() }
        var failure: (any Error)?
        do { try await body(outage, service) } catch { failure = error }
        await service.stop(within: .zero)
        await run.value
        await outage.database.close()
        await outage.patient.close()
        await outage.server.stop()
        await outage.loop.stop()
        if let failure { throw failure }
    }

    func begin() async { await server.stop() }

    func end() async throws { server = try await Outage.start(directory, on: loop) }

    func count(_ sql: String) async -> Int? {
        let result = try? await database.query(PostgresQuery(PostgresStatement(sql, sql)))
        return result.flatMap { Int($0[0].int64(0) ?? -1) }
    }

    func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw Overdue(what: what) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

@Suite(.timeLimit(.minutes(3)))
struct `While the database is away` {
    private let record = Record()

    private func job(lease: Duration = .seconds(60), _ work: @escaping @Sendable () async throws -> Void)
        -> ScheduledJob
    {
        ScheduledJob(
            "test_job", summary: "For a test", schedule: JobSchedule(every: .seconds(86_400 * 3_650)), lease: lease
        ) { _ in
            try await work()
            return [:]
        }
    }

    private static let done = "SELECT count(*) FROM core.job_schedule WHERE last_result = 'done'"

    @Test func `the ends of jobs wait for it, and nothing is done twice`() async throws {
        let gate = Gate()
        let kind = JobKind.text("test_kind")
        let handlers = [
            JobHandler(kind) { [record] _, _ in
                record.add("queued")
                await gate.pass()
                record.add("over")
            }
        ]
        let jobs = [
            job { [record] in
                record.add("scheduled")
                await gate.pass()
                record.add("over")
            }
        ]
        try await Outage.with(jobs: jobs, handlers: handlers) { outage, _ in
            try await JobQueue(database: outage.patient).enqueue(kind.job("x"))
            try await outage.eventually("both have begun") { record.all.count == 2 }
            await outage.begin()
            gate.open()
            try await outage.eventually("both are over") { record.count("over") == 2 }
            #expect(await outage.count(Self.done) == nil)
            try await outage.end()
            try await outage.eventually("both ends are noted") {
                let (done, left) = (await outage.count(Self.done), await outage.count("SELECT count(*) FROM core.jobs"))
                return done == 1 && left == 0
            }
            #expect(record.all.sorted() == ["over", "over", "queued", "scheduled"])
        }
    }

    @Test func `nothing is asked in vain, and once it is back the queue is looked at and listened to`() async throws {
        let kind = JobKind.text("test_kind")
        let handlers = [JobHandler(kind) { [record] text, _ in record.add(text) }]
        let limits = JobWorkerLimits(pollInterval: .seconds(3600), retryInterval: .seconds(3600))
        try await Outage.with(handlers: handlers, limits: limits) { outage, service in
            try await JobQueue(database: outage.patient).enqueue(kind.job("before"))
            try await outage.eventually("it is done") { record.all == ["before"] }
            await outage.begin()
            // Makes the worker ask while nobody answers.
            await service.queue.wake()
            try await outage.end()
            // Neither of them rings the worker's bell.
            let other = JobQueue(database: outage.database)
            for text in ["first", "second"] {
                try await outage.eventually("\(text) is added") { (try? await other.enqueue(kind.job(text))) == true }
                try await outage.eventually("\(text) is done") { record.count(text) == 1 }
            }
        }
    }

    @Test func `a job loses its lease, is cancelled, and is done when it is back`() async throws {
        let jobs = [
            job(lease: .seconds(1)) { [record] in
                record.add("begins")
                guard record.all.count == 1 else { return }
                do {
                    try await untilCancelled()
                } catch {
                    record.add("cancelled")
                    throw error
                }
            }
        ]
        try await Outage.with(jobs: jobs) { outage, _ in
            try await outage.eventually("it has begun") { record.all.count == 1 }
            await outage.begin()
            try await outage.eventually("it is cancelled") { record.count("cancelled") == 1 }
            try await outage.end()
            try await outage.eventually("it is done") { await outage.count(Self.done) == 1 }
            #expect(record.all == ["begins", "cancelled", "begins"])
        }
    }
}
