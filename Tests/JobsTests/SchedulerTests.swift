import HubTesting
import Model
import Persistence
import Testing

@testable import Jobs

/// An error whose debug description holds what must not be told.
private struct Mishap: Error, CustomStringConvertible, CustomDebugStringConvertible {
    var description: String { "it rained\ntoday" }
    var debugDescription: String { "INSERT INTO secrets VALUES (48.2082)" }
}

@Suite(.timeLimit(.minutes(2)))
struct `A scheduled job` {
    private let record = Record()

    /// A job that is due once in a lifetime, unless a test makes it due.
    private func job(
        _ name: String = "test_job", timeLimit: Duration = .seconds(60), lease: Duration = .seconds(60),
        _ work: @escaping @Sendable (JobLease) async throws -> JobReport
    ) -> ScheduledJob {
        ScheduledJob(
            name, summary: "For a test", schedule: JobSchedule(every: .seconds(86_400 * 3_650)), timeLimit: timeLimit,
            lease: lease, work: work)
    }

    private func makeDue(_ fixture: JobsFixture, _ name: String = "test_job") async throws {
        try await fixture.query("UPDATE core.job_schedule SET next_run_at = now() WHERE name = $1", name)
    }

    private func state(_ fixture: JobsFixture, _ name: String = "test_job") async throws -> JobScheduleRow? {
        try await JobScheduleStore(database: fixture.database).list().first { $0.name == name }
    }

    @Test func `that was never run is run at the start, and its end is noted`() async throws {
        try await JobsFixture.with { fixture in
            let service = fixture.service(jobs: [job { _ in ["rows": 7, "partitions": 1] }])
            try await fixture.running(service) {
                try await fixture.eventually("it has run") { try await state(fixture)?.lastResult == "done" }
            }
            let row = try #require(try await state(fixture))
            #expect(row.lastReport == "rows 7, partitions 1" && row.holder == nil)
            #expect(try #require(row.lastStart) <= (try #require(row.lastEnd)))
            #expect(try #require(row.nextRun) > .now)
            #expect(fixture.metric(#"hub_job_runs_total{job="test_job",result="done"}"#) == 1)
            #expect(fixture.metric(#"hub_job_run_seconds_count{job="test_job"}"#) == 1)
            let log = fixture.log.text
            #expect(log.contains("job begins") && log.contains("job ended") && log.contains(#""rows":7"#))
        }
    }

    @Test func `that was missed while no hub ran is run at the start, and once`() async throws {
        try await JobsFixture.with { fixture in
            try await fixture.query(
                "INSERT INTO core.job_schedule (name, next_run_at) VALUES ('test_job', now() - interval '50 days')")
            let record = record
            let service = fixture.service(jobs: [
                job { _ in
                    record.add("ran")
                    return [:]
                }
            ])
            try await fixture.running(service) {
                try await fixture.eventually("it has run") { try await state(fixture)?.lastResult == "done" }
            }
            #expect(record.all == ["ran"])
        }
    }

    @Test func `is run by one of several hubs each time it is due`() async throws {
        try await JobsFixture.with { fixture in
            let record = record
            let jobs = [
                job { _ in
                    record.add("ran")
                    return [:]
                }
            ]
            let services = (1...3).map { fixture.service("hub-\($0)", jobs: jobs) }
            try await fixture.running(services[0], services[1], services[2]) {
                for round in 1...5 {
                    try await fixture.eventually("round \(round)") {
                        try await fixture.count(
                            "SELECT count(*) FROM core.job_schedule WHERE fence = \(round) AND locked_until IS NULL")
                            == 1
                    }
                    // All three look at once.
                    try await makeDue(fixture)
                    for service in services { await service.look() }
                }
                try await fixture.eventually("the last round") { record.all.count >= 6 }
            }
            #expect(record.all.count == 6)
            #expect(fixture.metric(#"hub_job_runs_total{job="test_job",result="done"}"#) == 6)
        }
    }

    @Test func `that fails is noted without what must not be told, and is run again when it is due`() async throws {
        try await JobsFixture.with { fixture in
            let record = record
            let service = fixture.service(jobs: [
                job { _ in
                    record.add("ran")
                    switch record.all.count {
                    case 1: throw Mishap()
                    case 2:
                        _ = try await fixture.database.query(
                            PostgresQuery(PostgresStatement("bad", "SELECT 'position 48.2082'::integer")))
                        return [:]
                    default: return [:]
                    }
                }
            ])
            try await fixture.running(service) {
                try await fixture.eventually("it has failed") { try await state(fixture)?.lastResult == "failed" }
                #expect(try await state(fixture)?.lastReport == "it rained today")
                #expect(try #require(try await state(fixture)?.nextRun) > .now)
                try await makeDue(fixture)
                await service.look()
                try await fixture.eventually("it has failed again") {
                    try await state(fixture)?.lastReport == "the database refused (22P02)"
                }
                try await makeDue(fixture)
                await service.look()
                try await fixture.eventually("it is done") { try await state(fixture)?.lastResult == "done" }
            }
            #expect(fixture.metric(#"hub_job_runs_total{job="test_job",result="failed"}"#) == 2)
            let log = fixture.log.text
            #expect(log.contains("job failed") && log.contains("it rained today"))
            #expect(!log.contains("48.2082") && !log.contains("SELECT") && !log.contains("INSERT"))
        }
    }

    @Test func `that outlives its lease is overtaken, and neither its end nor its writes are taken`() async throws {
        try await JobsFixture.with { fixture in
            let (record, gate) = (record, Gate())
            let slow = fixture.service(
                "slow",
                jobs: [
                    job { lease in
                        record.add("slow begins")
                        await gate.pass()
                        // What it writes behind its proof is refused.
                        do {
                            _ = try await fixture.database.transaction([
                                lease.proof,
                                PostgresQuery(
                                    PostgresStatement("late", "INSERT INTO core.groups (id) VALUES ('too-late')")),
                            ])
                        } catch let error as PostgresError {
                            record.add("refused \(error.sqlState?.code ?? "-")")
                        }
                        return ["rows": 1]
                    }
                ])
            let quick = fixture.service(
                "quick",
                jobs: [
                    job { lease in
                        _ = try await fixture.database.transaction([lease.proof])
                        record.add("quick ran")
                        return ["rows": 2]
                    }
                ])
            try await fixture.running(slow) {
                try await fixture.eventually("the slow one has begun") { record.count("slow begins") == 1 }
                try await fixture.query("UPDATE core.job_schedule SET locked_until = now() - interval '1 second'")
                try await fixture.running(quick) {
                    try await fixture.eventually("the other has done it") {
                        try await state(fixture)?.lastReport == "rows 2"
                    }
                }
                gate.open()
                try await fixture.eventually("the slow one has ended") {
                    fixture.metric(#"hub_job_runs_total{job="test_job",result="fenced"}"#) == 1
                }
            }
            #expect(record.all == ["slow begins", "quick ran", "refused PJ001"])
            #expect(try await state(fixture)?.lastReport == "rows 2")
            #expect(try await fixture.count("SELECT count(*) FROM core.groups") == 0)
        }
    }

    @Test func `keeps its lease for as long as it runs`() async throws {
        try await JobsFixture.with { fixture in
            let (record, gate) = (record, Gate())
            // Long enough for a slow machine to renew it; the other hub is there all the time.
            let jobs = ["slow", "other"].map { name in
                job(lease: .seconds(30)) { _ in
                    record.add("begins")
                    await gate.pass()
                    return [:]
                }
            }
            try await fixture.running(fixture.service("a", jobs: [jobs[0]]), fixture.service("b", jobs: [jobs[1]])) {
                try await fixture.eventually("it has been renewed", within: .seconds(90)) {
                    let renewed = try await fixture.query(
                        "SELECT locked_until > last_started_at + interval '35 s' FROM core.job_schedule")
                    return renewed.rowCount == 1 && renewed[0].bool(0) == true
                }
                gate.open()
                try await fixture.eventually("it is done") { try await state(fixture)?.lastResult == "done" }
            }
            #expect(record.all == ["begins"])
        }
    }

    @Test func `that takes too long is cancelled, and counts as failed though it takes no notice`() async throws {
        try await JobsFixture.with { fixture in
            let (record, gate) = (record, Gate())
            let service = fixture.service(jobs: [
                job("polite", timeLimit: .milliseconds(50)) { _ in
                    try await untilCancelled()
                    return [:]
                },
                job("stubborn", timeLimit: .milliseconds(50)) { _ in
                    record.add("stubborn")
                    await gate.pass()
                    return [:]
                },
            ])
            try await fixture.running(service) {
                for name in ["polite", "stubborn"] {
                    try await fixture.eventually("\(name) is over") {
                        try await state(fixture, name)?.lastResult == "timed_out"
                    }
                    #expect(try await state(fixture, name)?.holder == nil)
                }
                // Its work is still under way, so that it is not begun again here; the polite one is.
                for name in ["polite", "stubborn"] { try await makeDue(fixture, name) }
                await service.look()
                try await fixture.eventually("the polite one was run again") {
                    fixture.metric(#"hub_job_runs_total{job="polite",result="timed_out"}"#) == 2
                }
                #expect(record.count("stubborn") == 1)
                gate.open()
                try await fixture.eventually("the stubborn one is run again") { record.count("stubborn") == 2 }
            }
        }
    }

    @Test func `is waited for when the hub stops, and cancelled when that takes too long`() async throws {
        try await JobsFixture.with { fixture in
            let (record, gate) = (record, Gate())
            let service = fixture.service(jobs: [
                job("quick") { _ in
                    record.add("quick begins")
                    await gate.pass()
                    return ["rows": 1]
                }
            ])
            let run = Task { await service.run() }
            try await fixture.eventually("it has begun") { record.count("quick begins") == 1 }
            run.cancel()
            async let stopped: Void = service.stop(within: .seconds(30))
            gate.open()
            await stopped
            #expect(try await state(fixture, "quick")?.lastReport == "rows 1")

            let slow = fixture.service(jobs: [
                job("slow") { _ in
                    record.add("slow begins")
                    try await untilCancelled()
                    return [:]
                }
            ])
            try await fixture.running(slow) {
                try await fixture.eventually("it has begun") { record.count("slow begins") == 1 }
            }
            let row = try #require(try await state(fixture, "slow"))
            #expect(row.lastResult == "cancelled" && row.holder == nil)
            // It is due for the next hub.
            #expect(try #require(row.nextRun) <= .now)
        }
    }

    @Test func `that takes no notice of the stop does not hold it up`() async throws {
        try await JobsFixture.with { fixture in
            let (record, gate) = (record, Gate())
            let service = fixture.service(
                jobs: [
                    job { _ in
                        record.add("begins")
                        await gate.pass()
                        return [:]
                    }
                ], stopTimes: JobStopTimes(notice: .zero, record: .seconds(60)))
            let start = ContinuousClock.now
            try await fixture.running(service) {
                try await fixture.eventually("it has begun") { record.count("begins") == 1 }
            }
            #expect(ContinuousClock.now - start < .seconds(60))
            #expect(try await state(fixture)?.lastResult == "cancelled")
            gate.open()
        }
    }

    @Test func `run by hand runs though it is not due, leaves when it is due, and is refused while it runs`()
        async throws
    {
        try await JobsFixture.with { fixture in
            let (record, gate) = (record, Gate())
            let jobs = [
                job { _ in
                    record.add("begins")
                    await gate.pass()
                    return ["rows": 3]
                },
                job("failing") { _ in throw Mishap() },
            ]
            let service = fixture.service(jobs: jobs)
            try await fixture.query(
                "INSERT INTO core.job_schedule (name, next_run_at) VALUES ('test_job', '2100-01-01Z')")
            async let first = service.run("test_job")
            try await fixture.eventually("it has begun") { record.count("begins") == 1 }
            guard case .busy(holder: "hub-1") = try await fixture.service("other", jobs: jobs).run("test_job") else {
                Issue.record("two ran at once")
                return gate.open()
            }
            gate.open()
            guard case .done("rows 3", _) = try await first else { throw Overdue(what: "done") }
            #expect(try await state(fixture)?.nextRun == Timestamp(milliseconds: 4_102_444_800_000))
            guard case .failed("it rained today", _) = try await service.run("failing") else {
                throw Overdue(what: "failed")
            }
            if try await service.run("nosuch") != nil { Issue.record("there is no such job") }
            #expect(try await service.list().map(\.job.name) == ["failing", "test_job"])
        }
    }
}
