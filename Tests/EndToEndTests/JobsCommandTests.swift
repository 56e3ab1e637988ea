import Glibc
import Persistence
import Testing
import Wire

/// `hubd jobs`, beside a hub that runs and without one.
@Suite(.timeLimit(.minutes(4)))
struct JobsCommandTests {
    private static let names = [
        "audit_retention", "dead_jobs", "group_member_counts", "idempotency_keys", "location_partitions",
        "location_retention", "mail_tokens", "shares", "sign_ins", "signing_keys", "stream_tickets", "travel_imports",
    ]

    private func change(_ hub: HubProcess, _ sql: String) async throws {
        let database = Support.database(hub.databaseURL)
        _ = try await database.query(PostgresQuery(PostgresStatement(sql, sql)))
        await database.close()
    }

    private func listed(_ name: String, by hub: HubProcess) async throws -> JSONValue {
        try #require(
            try await hub.jobs("list", "--json").json?["jobs"]?.array?.first { $0["name"]?.string == name })
    }

    @Test func `lists and runs jobs beside a hub, which runs each of them at its start`() async throws {
        try await HubProcess.with { hub in
            try await Support.eventually("every job has run") {
                let list = try await hub.jobs("list", "--json")
                let jobs = try #require(list.json?["jobs"]?.array)
                #expect(jobs.map { $0["name"]?.string } == JobsCommandTests.names)
                return jobs.allSatisfy { $0["lastResult"]?.string == "done" }
            }
            let table = try await hub.jobs("list")
            #expect(table.status == 0)
            let lines = table.output.split(separator: "\n")
            #expect(lines.count == JobsCommandTests.names.count + 1 && lines[0].hasPrefix("NAME "))
            #expect(lines[2].contains("daily at 03:00 UTC") && lines[3].contains("hourly") && lines[3].contains("done"))

            let run = try await hub.jobs("run", "location_partitions")
            #expect(run.status == 0)
            #expect(run.output.hasPrefix("location_partitions done in ") && run.output.hasSuffix(": partitions 0\n"))
            // When it is due stays as it was.
            let before = try await listed("stream_tickets", by: hub)
            #expect(try await hub.jobs("run", "stream_tickets").status == 0)
            let after = try await listed("stream_tickets", by: hub)
            #expect(before["nextRunAt"]?.string == after["nextRunAt"]?.string)
            #expect(before["lastStartedAt"]?.string != after["lastStartedAt"]?.string)

            let unknown = try await hub.jobs("run", "nosuch")
            #expect(unknown.status == 64)
            #expect(
                unknown.errors
                    == "hubd: there is no job called nosuch; there are \(JobsCommandTests.names.joined(separator: ", "))\n"
            )
            let metrics = try await hub.address.get("/metrics").text
            #expect(metrics.contains(#"hub_job_runs_total{job="stream_tickets",result="done"} 1"#))
        }
    }

    @Test func `puts back jobs that were given up, and says which it does not know`() async throws {
        try await HubProcess.with { hub in
            try await change(
                hub,
                """
                INSERT INTO core.dead_jobs (id, kind, priority, payload, created_at, attempts, max_attempts, last_error)
                SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, CASE WHEN n = 1 THEN 'mail' ELSE 'push' END,
                    1, '', now(), 3, 3, 'it rained'
                FROM generate_series(1, 3) n
                """)
            let first = "00000000-0000-0000-0000-000000000001"

            let dead = try await hub.jobs("dead")
            #expect(dead.output.split(separator: "\n").count == 4 && dead.output.contains("it rained"))
            let json = try await hub.jobs("dead", "--json").json?.array
            #expect(json?.count == 3 && json?.first?["attempts"]?.integer == 3)

            let unknown = try await hub.jobs("retry", "00000000-0000-0000-0000-000000000009")
            #expect(unknown.status == 1 && unknown.errors.contains("no dead job has the ID"))
            for (arguments, complaint) in [
                (["retry"], "the ID of a dead job, or --all, is needed"), (["retry", "x"], "x is no job's ID"),
                (["retry", first, "--all"], "either ID or --all"),
                (["retry", first, "--kind", "mail"], "goes with --all"),
                (["retry", first, first], "is too much"),
            ] {
                let outcome = try await hub.jobs(arguments)
                #expect(outcome.status == 64 && outcome.errors.contains(complaint), "\(arguments) \(outcome.errors)")
            }
            #expect(try await hub.jobs("retry", first).output == "1 job put back\n")
            #expect(try await hub.jobs("retry", "--all", "--kind", "mail").output == "0 jobs put back\n")
            #expect(try await hub.jobs("retry", "--all").output == "2 jobs put back\n")
            #expect(try await hub.jobs("dead").output == "no dead jobs\n")
            let list = try await hub.jobs("list")
            #expect(list.output.contains("KIND  WAITING  RUNNING  DEAD"))
            #expect(list.output.contains("mail  1        0        0"))
        }
    }

    @Test func `works on the private Postgres while no hub runs`() async throws {
        let directory = try TestFiles.directory()
        let environment = ["HUB__DATA__DIR": directory]
        let run = try await ProgramRun.run("hubd", ["jobs", "run", "group_member_counts"], environment: environment)
        #expect(run.status == 0 && run.output.hasPrefix("group_member_counts done in "), "\(run.errors)")
    }

    @Test func `a hub that was killed in the middle of a job is followed by one that runs it`() async throws {
        try await HubProcess.with { hub in
            try await Support.eventually("the job has run") {
                try await listed("stream_tickets", by: hub)["lastResult"]?.string == "done"
            }
            hub.run.signal(SIGKILL)
            _ = await hub.run.outcome()
            // As it lies in the table when a hub is killed in the middle of a job: due, and claimed for a while.
            try await change(
                hub,
                """
                UPDATE core.job_schedule SET next_run_at = now() - interval '1 minute', fence = fence + 1,
                    locked_until = now() + interval '1 hour', locked_by = 'killed', last_result = NULL
                WHERE name = 'stream_tickets'
                """)
            let busy = try await hub.jobs("run", "stream_tickets")
            #expect(busy.status == 1 && busy.errors.contains("is running on killed already"), "\(busy.errors)")
            try await hub.restart()
            try await change(hub, "UPDATE core.job_schedule SET locked_until = now() WHERE locked_by = 'killed'")
            try await Support.eventually("the job has run again", within: .seconds(90)) {
                try await listed("stream_tickets", by: hub)["lastResult"]?.string == "done"
            }
        }
    }
}
