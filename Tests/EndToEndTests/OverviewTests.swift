import Configuration
import Crypto
import Hub
import Model
import Persistence
import Testing
import Wire

/// The figures and the jobs that operators see (docs/operations.md).
@Suite(.timeLimit(.minutes(3)))
struct OverviewTests {
    private static let path = "/api/v1/admin/overview"
    private static let dead = "/api/v1/admin/jobs/dead"

    private func overview(_ hub: RunningHub, _ key: String) async throws -> JSONValue {
        let answer = try await hub.address.request("GET", OverviewTests.path, key: key)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
        #expect(answer["Cache-Control"] == "no-store")
        return answer.json
    }

    /// The figures once the database has answered in the two seconds that they wait for it.
    private func connectedOverview(_ hub: RunningHub, _ key: String) async throws -> JSONValue {
        var json = try await overview(hub, key)
        try await Support.eventually("the database has answered in time") {
            if json["database"]?["connected"] != .boolean(true) { json = try await overview(hub, key) }
            return json["database"]?["connected"] == .boolean(true)
        }
        return json
    }

    /// A figure by its path, such as `live.sessions`.
    private func figure(_ path: String, in value: JSONValue) -> Double {
        path.split(separator: ".").reduce(Optional(value)) { $0?[String($1)] }?.double ?? -1
    }

    /// How many values a distribution has.
    private func total(_ name: String, in value: JSONValue) -> Int64 {
        value[name]?["counts"]?.array?.reduce(0) { $0 + ($1.integer ?? 0) } ?? -1
    }

    @Test func `figures move with what happens, and are those of the metrics`() async throws {
        try await RunningHub.with {
            $0.fanout.tick = .zero
        } _: { hub in
            let key = try await hub.adminKey()
            let before = try await overview(hub, key)
            #expect(figure("live.sessions", in: before) == 0)
            #expect(figure("totals.reports", in: before) == 0)
            let group = GroupID.fresh()
            let device = try await hub.address.register(in: group)
            let client = try await TestClient.connect(hub.address, as: device)
            let watcher = try await TestClient.connect(hub.address)
            _ = try await watcher.watch(group)
            for _ in 0..<3 {
                #expect(try await client.ask(.location(.sample())).isAck)
                _ = try await watcher.positions(of: group)
            }
            _ = try await watcher.ask(.location(.sample()))
            let after = try await connectedOverview(hub, key)
            #expect(figure("live.sessions", in: after) == 2)
            #expect(figure("live.deviceSessions", in: after) == 1)
            #expect(figure("live.watchers", in: after) == 1)
            #expect(figure("live.groups", in: after) == 1)
            #expect(figure("live.devices", in: after) == 1)
            #expect(figure("totals.reports", in: after) == 3)
            #expect(figure("totals.deliveries", in: after) >= 3)
            #expect(figure("totals.refusedMessages", in: after) == 1)
            #expect(figure("totals.framesSent", in: after) > figure("totals.framesSent", in: before))
            #expect(figure("totals.requests", in: after) > figure("totals.requests", in: before))
            #expect(figure("totals.serverErrors", in: after) == 0)
            #expect(figure("writeBehind.committed", in: after) == 3)
            #expect(figure("writeBehind.held", in: after) == 0)
            #expect(total("acks", in: after) == 3)
            #expect(total("fanOut", in: after) >= 3)
            #expect(figure("acks.sum", in: after) >= 0)
            #expect(figure("process.residentBytes", in: after) > 1_000_000)
            #expect(figure("process.openFilesLimit", in: after) >= figure("process.openFiles", in: after))
            #expect(after["loops"]?.array?.compactMap { $0["loop"]?.integer } == [0, 1])
            #expect(figure("database.latencyMs", in: after) > 0)
            let version = try await hub.address.get("/api/health").json["version"]
            #expect(version?.string != nil && after["version"] == version)
            let started = try #require(after["startedAt"]?.string.flatMap { Timestamp(rfc3339: $0) })
            #expect(started < .now && after["startedAt"] == before["startedAt"])

            // One by one as Prometheus is told: not cumulative, with the last beyond all bounds.
            let lines = try await hub.address.get("/metrics").text.split(separator: "\n")
            let acks = lines.filter { $0.hasPrefix("hub_ack_seconds_bucket") }.compactMap { line in
                line.split(separator: " ").last.flatMap { Int64($0) }
            }
            let counts = try #require(after["acks"]?["counts"]?.array?.compactMap { $0.integer })
            #expect(counts.indices.map { counts[...$0].reduce(0, +) } == acks)
            let bounds = try #require(after["acks"]?["bounds"]?.array?.compactMap { $0.double })
            #expect(bounds.count == counts.count - 1 && bounds.first == 0.0001 && bounds.last == 10)
            // Nothing of anybody: no position, no id.
            #expect(!"\(after)".contains(device.description) && !"\(after)".contains(group.rawValue))
            for member in ["latitude", "longitude", "deviceId"] { #expect(!"\(after)".contains(member)) }
            await client.close()
            await watcher.close()
        }
    }

    @Test func `figures come while the database is away, and say so`() async throws {
        let outage = try await Outage()
        // Each loop remembers keys for itself, and has to have seen this one.
        let hub = try await RunningHub.start(on: outage.uri) {
            $0.server.loops = 1
            $0.database.statementTimeout = Outage.statementTimeout
        }
        let database = Support.database(outage.url)
        let key = try await RunningHub.makeKey(
            "ops", isAdmin: true, in: PostgresAPIKeyStore(database: database)
        ).text
        let address = HubAddress(port: hub.port, key: key)
        func isConnected() async throws -> Bool {
            try await address.get(OverviewTests.path).json["database"]?["connected"] == .boolean(true)
        }
        try await Support.eventually("the database is there") { try await isConnected() }
        await outage.begin()
        let answer = try await address.get(OverviewTests.path)
        #expect(answer.status == 200)
        #expect(answer.json["database"]?["connected"] == .boolean(false))
        #expect(answer.json["database"]?["latencyMs"] == .null)
        #expect(try await address.get(OverviewTests.dead).status == 503)
        try await outage.end()
        try await Support.eventually("the database is back") { try await isConnected() }
        await hub.stop()
        await database.close()
        await outage.close()
    }

    @Test func `people do not see them`() async throws {
        let hub = try await RunningHub.shared.address()
        let person = try await TestPerson.register(on: hub, "ada")
        for path in [OverviewTests.path, "/api/v1/admin/jobs", OverviewTests.dead] {
            #expect(try await person.get(path).status == 403)
        }
    }

    @Test func `looks at figures are not in the audit log, looks at jobs are`() async throws {
        try await RunningHub.with { hub in
            let key = try await hub.adminKey()
            for _ in 0..<3 { _ = try await overview(hub, key) }
            #expect(try await hub.address.request("GET", "/api/v1/admin/jobs", key: key).status == 200)
            try await Support.eventually("the look is noted") { try await hub.audit().contains("listJobs done") }
            #expect(try await hub.audit().allSatisfy { !$0.hasPrefix("getOverview") })
        }
    }

    @Test func `jobs that were given up are listed, and go back once, on record`() async throws {
        try await RunningHub.with { hub in
            let key = try await hub.adminKey()
            try await hub.addDeadJobs(3)
            let answer = try await hub.address.request("GET", "\(OverviewTests.dead)?limit=2", key: key)
            #expect(answer.status == 200 && answer["Cache-Control"] == "no-store")
            #expect(answer.json["total"] == .integer(3) && answer.json["nextCursor"] == .null)
            let jobs = try #require(answer.json["jobs"]?.array)
            #expect(jobs.count == 2)
            #expect(jobs[0]["reason"]?.string == "it rained" && jobs[0]["kind"]?.string == "fold_kites")
            #expect(jobs[0]["attempts"] == .integer(3))
            // What a job was to do may be private.
            #expect(jobs[0]["payload"] == nil)
            let list = try await hub.address.request("GET", "/api/v1/admin/jobs", key: key)
            let kind = list.json["kinds"]?.array?.first { $0["kind"]?.string == "fold_kites" }
            #expect(kind?["dead"] == .integer(3) && kind?["waiting"] == .integer(0))
            try await Support.eventually("the schedules are known") {
                try await hub.address.request("GET", "/api/v1/admin/jobs", key: key).json["schedules"]?.array?
                    .contains { $0["name"]?.string == "audit_retention" } == true
            }

            let id = try #require(jobs[0]["id"]?.string)
            let retry = "\(OverviewTests.dead)/\(id)/retry"
            #expect(try await hub.address.request("POST", retry, key: key).status == 204)
            #expect(try await hub.address.request("POST", retry, key: key).status == 404)
            #expect(
                try await hub.audit(of: id) == [
                    "retryDeadJob started", "retryDeadJob done", "retryDeadJob started", "retryDeadJob not_found",
                ])
            let then = try await hub.address.request("GET", "/api/v1/admin/jobs", key: key)
            let back = then.json["kinds"]?.array?.first { $0["kind"]?.string == "fold_kites" }
            #expect(back?["dead"] == .integer(2) && back?["waiting"] == .integer(1))
            for id in ["x", "%3Cscript%3E", "\(DeviceID.random())"] {
                let answer = try await hub.address.request("POST", "\(OverviewTests.dead)/\(id)/retry", key: key)
                #expect(answer.status == 404)
            }
            for limit in ["0", "1001", "-1", "x"] {
                let answer = try await hub.address.request("GET", "\(OverviewTests.dead)?limit=\(limit)", key: key)
                #expect(answer.wrongFields == ["limit"])
            }
        }
    }
}

extension RunningHub {
    /// Adds jobs that were given up, of a kind that no hub does.
    func addDeadJobs(_ count: Int, reason: String = "it rained") async throws {
        let insertion = PostgresStatement(
            "test.addDeadJobs",
            """
            INSERT INTO core.dead_jobs (id, kind, priority, payload, created_at, attempts, max_attempts, last_error)
            SELECT gen_random_uuid(), 'fold_kites', 1, '', now(), 3, 3, $2::text FROM generate_series(1, $1::int)
            """)
        _ = try await database.query(insertion.with(Int32(count), reason))
    }
}
