import Model
import Persistence
import Testing
import Wire

/// How long a hub keeps raw locations (stories 3.6 and 3.9).
@Suite(.timeLimit(.minutes(4)))
struct RetentionTests {
    /// Has the newest location received a day ago less an hour, the one before it two days ago less an hour, and so on.
    private static let ageing = PostgresStatement(
        "test.age",
        """
        UPDATE core.locations l SET created_at = now() - n.number * interval '1 day' + interval '1 hour'
        FROM (SELECT captured_at, row_number() OVER (ORDER BY captured_at DESC) AS number FROM core.locations) n
        WHERE n.captured_at = l.captured_at
        """)

    @Test func `what came longer ago than the setting says is removed by an hourly job`() async throws {
        try await HubProcess.with(["PM__LIMITS__LOCATION_RETENTION_DAYS": "3"]) { hub in
            // Not by the run that every job has when a hub starts.
            try await Support.eventually("the jobs of the start are over") {
                let jobs = try await hub.jobs("list", "--json").json?["jobs"]?.array ?? []
                return !jobs.isEmpty && jobs.allSatisfy { $0["lastResult"]?.string == "done" }
            }
            let device = try await hub.address.register(in: .fresh())
            let fixes = Fix.samples(6)
            #expect(
                try await hub.address.post(BadUploadTests.many, Uploads.batch(of: device, fixes)).status == 200)
            let database = Support.database(hub.databaseURL)
            _ = try await database.query(PostgresQuery(RetentionTests.ageing))
            await database.close()

            let run = try await hub.jobs("run", "location_retention")
            #expect(run.status == 0)
            #expect(run.output.contains(": rows 3, partitions 0"), "\(run.output)")
            // Received up to three days ago, less an hour.
            #expect(try await hub.stored()[device] == fixes.suffix(3).map(\.capturedAt.milliseconds))
            let jobs = try await hub.jobs("list", "--json").json?["jobs"]?.array ?? []
            for name in ["location_retention", "group_member_counts"] {
                let job = try #require(jobs.first { $0["name"]?.string == name })
                #expect(job["schedule"]?.string == "hourly")
            }
        }
    }
}
