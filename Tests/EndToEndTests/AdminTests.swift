import Configuration
import Crypto
import Hub
import HubTesting
import Model
import Persistence
import Testing
import Wire

/// What administrators do, who is let in, and what is on record of it.
@Suite(.timeLimit(.minutes(3)))
struct AdminTests {
    private static let purge = "/api/v1/admin/devices/inactive"

    /// Makes a device inactive and last seen so many days ago.
    private func age(_ id: DeviceID, days: Int, in hub: RunningHub) async throws {
        #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)").status == 204)
        try await Support.eventually("its last sighting is written") {
            try await hub.database.withConnection(within: .seconds(60)) { connection in
                try await connection.run(
                    script:
                        "UPDATE core.devices SET last_seen_at = now() - interval '\(days) days' WHERE device_id = '\(id)'"
                )
            }
            return try await hub.count(
                "SELECT count(*) FROM core.devices WHERE device_id = '\(id)' AND last_seen_at < now() - interval '1 hour'"
            ) == 1
        }
    }

    @Test func `inactive devices that were long not seen are deleted with their locations`() async throws {
        try await RunningHub.with { hub in
            let key = try await hub.adminKey()
            let group = GroupID.fresh()
            var ids: [DeviceID] = []
            for number in 0..<4 { ids.append(try await hub.address.register(in: group, name: "Phone \(number)")) }
            for id in ids { try await HubAddress.fill(hub, id, count: 30) }
            // Long inactive, lately inactive, and two that are active.
            try await age(ids[0], days: 100, in: hub)
            try await age(ids[1], days: 2, in: hub)
            let answer = try await hub.address.request("DELETE", "\(AdminTests.purge)?olderThanDays=30", key: key)
            #expect(answer.status == 200)
            #expect(answer.json["affected"] == .integer(1) && answer.json["locations"] == .integer(30))
            #expect(answer.json["isComplete"] == .boolean(true))
            #expect(try await hub.stored(ids[0]).isEmpty)
            for id in ids.dropFirst() { #expect(try await hub.stored(id).count == 30) }
            #expect(try await hub.audit(of: ids[0].description) == ["purgeDevice done"])
            let again = try await hub.address.request("DELETE", "\(AdminTests.purge)?olderThanDays=30", key: key)
            #expect(again.json["affected"] == .integer(0))
            #expect(try await hub.audit().filter { $0 == "purgeInactiveDevices done" }.count == 2)
        }
    }

    @Test(arguments: [
        "olderThanDays=-1", "olderThanDays=0", "olderThanDays=1000000000", "olderThanDays=36501", "olderThanDays=soon",
        "olderThanDays=", "olderThanDays=99999999999999999999", "olderThanDays=1.5", "olderThanDays=%2B1", "",
    ])
    func `days that make no sense delete nothing`(query: String) async throws {
        let hub = try await RunningHub.shared.hub()
        let answer = try await hub.address.request(
            "DELETE", "\(AdminTests.purge)?\(query)", key: try await hub.adminKey())
        #expect(answer.status == 400)
        #expect(answer.wrongFields == ["olderThanDays"])
        #expect(answer.error == (query.isEmpty ? "missing_field" : "validation_error"))
    }

    @Test func `a deactivated device comes back, once, and its group sees it`() async throws {
        let hub = try await RunningHub.immediate.hub()
        let key = try await hub.adminKey()
        let group = GroupID.fresh()
        let id = try await hub.address.register(in: group, name: "Ana")
        let fix = Fix.sample()
        #expect(try await hub.address.post(BadUploadTests.one, Uploads.one(of: id, fix)).status == 200)
        #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)").status == 204)
        let watcher = try await TestClient.connect(hub.address)
        #expect(try await watcher.watch(group).members.isEmpty)
        let path = "/api/v1/admin/devices/\(id)/reactivate"
        let answer = try await hub.address.request("POST", path, key: key)
        #expect(answer.status == 200)
        #expect(answer.json["active"] == .boolean(true) && answer.json["affected"] == .integer(1))
        let joined = try await watcher.memberChange(of: id)
        #expect(joined.kind == .joined && joined.state?.lastFix == fix)
        let again = try await hub.address.request("POST", path, key: key)
        #expect(again.status == 200 && again.json["affected"] == .integer(0))
        let unknown = try await hub.address.request(
            "POST", "/api/v1/admin/devices/\(DeviceID.random())/reactivate", key: key)
        #expect(unknown.status == 404)
        #expect(try await hub.address.request("POST", "/api/v1/admin/devices/x/reactivate", key: key).status == 404)
        #expect(try await hub.audit(of: id.description) == ["reactivateDevice done", "reactivateDevice done"])
        await watcher.close()
    }

    @Test func `a full group takes nobody back, however many ask at once`() async throws {
        try await RunningHub.with {
            $0.limits.groupSize = 3
        } _: { hub in
            let key = try await hub.adminKey()
            let group = GroupID.fresh()
            var ids: [DeviceID] = []
            for number in 0..<3 { ids.append(try await hub.address.register(in: group, name: "Phone \(number)")) }
            for id in ids.prefix(2) {
                #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)").status == 204)
            }
            try await hub.address.register(in: group, name: "New")
            // There is room for one of the two.
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for id in ids.prefix(2) {
                    tasks.addTask {
                        try await hub.address.request("POST", "/api/v1/admin/devices/\(id)/reactivate", key: key).status
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 409])
            #expect(try await hub.audit().filter { $0 == "reactivateDevice conflict" }.count == 1)
            #expect(try await hub.address.list(group).count == 3)
        }
    }

    // MARK: Who is let in

    static let routes: [(method: String, path: String)] = [
        ("DELETE", "/api/v1/admin/devices/inactive?olderThanDays=1"), ("GET", "/api/v1/admin/devices"),
        ("POST", "/api/v1/admin/devices/0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d/reactivate"),
        ("GET", "/api/v1/admin/keys"), ("GET", "/api/v1/admin/audit"), ("GET", "/api/v1/admin/sessions"),
        ("DELETE", "/api/v1/admin/sessions/0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d"),
        ("GET", "/api/v1/admin/overview"), ("GET", "/api/v1/admin/jobs"), ("GET", "/api/v1/admin/jobs/dead"),
        ("POST", "/api/v1/admin/jobs/dead/0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d/retry"),
    ]

    @Test func `a key that is no administrator's is refused everywhere, which is on record`() async throws {
        try await RunningHub.with { hub in
            for (method, path) in AdminTests.routes {
                let answer = try await hub.address.request(method, path)
                #expect(answer.status == 403 && answer.error == "forbidden")
                #expect(try await hub.address.request(method, path, key: .some(nil)).status == 401)
            }
            try await Support.eventually("the attempts are noted") {
                try await hub.audit().filter { $0.hasSuffix(" refused") }.count == AdminTests.routes.count
            }
        }
    }

    @Test func `a thousand refused attempts are few entries`() async throws {
        let hub = try await RunningHub.start { _ in }
        do {
            for _ in 0..<300 { #expect(try await hub.address.get("/api/v1/admin/keys").status == 403) }
            try await Support.eventually("the first is noted") {
                try await hub.count("SELECT count(*) FROM core.audit_log") >= 1
            }
            // One a loop: connections come to either.
            #expect(try await hub.count("SELECT count(*) FROM core.audit_log") <= 2)
            await hub.hub.stop()
            // The others were counted, and written at the end.
            #expect(try await hub.count("SELECT sum(attempts)::int8 FROM core.audit_log") == 300)
            #expect(try await hub.count("SELECT count(*) FROM core.audit_log") <= 4)
        }
        await hub.database.close()
        try await hub.test.drop()
    }

    @Test func `malformed, unknown, revoked, expired and missing keys get one answer`() async throws {
        let hub = try await RunningHub.shared.hub()
        let revoked = try await RunningHub.makeKey("revoked", in: hub.keys)
        _ = try await hub.keys.revoke(idOrPrefix: revoked.prefix, at: .now)
        let expired = try await RunningHub.makeKey("expired", expiresAt: .now.advanced(by: .seconds(-1)), in: hub.keys)
        let keys: [String?] = [
            "pm_unknown", "x", String(repeating: "k", count: 300), revoked.text, expired.text, nil,
        ]
        for path in ["/api/v1/devices?groupId=g1", "/api/v1/admin/audit"] {
            var answers: Set<String> = []
            for key in keys {
                let answer = try await hub.address.request(
                    "GET", path, headers: [("X-Request-ID", "same")], key: .some(key))
                #expect(answer.status == 401)
                let fields = answer.fields.filter { $0.name != "Date" }.map { "\($0.name): \($0.value)" }.sorted()
                answers.insert(fields.joined(separator: "\n") + "\n\n" + answer.text)
            }
            #expect(answers.count == 1, "\(answers)")
        }
    }

    // MARK: Lists

    @Test func `devices are listed by page, group and whether they are active`() async throws {
        try await RunningHub.with { hub in
            let key = try await hub.adminKey()
            let group = GroupID.fresh()
            var ids: [DeviceID] = []
            for number in 0..<5 { ids.append(try await hub.address.register(in: group, name: "Phone \(number)")) }
            try await hub.address.register(in: .fresh("elsewhere"))
            #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(ids[1])").status == 204)
            func list(_ query: String) async throws -> [String] {
                var found: [String] = []
                var cursor: String? = ""
                while let next = cursor {
                    let page = try await hub.address.request(
                        "GET", "/api/v1/admin/devices?limit=2&\(query)" + (next.isEmpty ? "" : "&cursor=\(next)"),
                        key: key)
                    #expect(page.status == 200)
                    found += page.json["devices"]?.array?.compactMap { $0["deviceId"]?.string } ?? []
                    cursor = page.json["nextCursor"]?.string
                }
                return found
            }
            #expect(try await list("").count == 6)
            #expect(try await list("groupId=\(group)") == ids.map(\.description).sorted())
            #expect(try await list("active=false") == [ids[1].description])
            #expect(try await list("groupId=\(group)&active=true").count == 4)
            #expect(try await list("active=true").count == 5)
            let bad = try await hub.address.request(
                "GET", "/api/v1/admin/devices?groupId=a%20b&active=maybe&limit=0&cursor=x", key: key)
            #expect(bad.wrongFields == ["groupId", "active", "limit", "cursor"])
        }
    }

    @Test func `the audit log is listed by page and time, with who and from where`() async throws {
        try await RunningHub.with { hub in
            let key = try await hub.adminKey()
            for _ in 0..<5 {
                let id = try await hub.address.register(in: .fresh())
                #expect(
                    try await hub.address.request(
                        "DELETE", "/api/v1/devices/\(id)/data", headers: [("X-Request-ID", "erase-\(id)")]
                    ).status == 204)
            }
            let page = try await hub.address.request("GET", "/api/v1/admin/audit?limit=3", key: key)
            let entries = try #require(page.json["entries"]?.array)
            #expect(entries.count == 3)
            #expect(entries[0]["operation"]?.string == "eraseDeviceData")
            #expect(entries[0]["clientAddress"]?.string == "127.0.0.1")
            #expect(entries[0]["keyPrefix"]?.string == hub.address.key.map { String($0.prefix(8)) })
            let target = try #require(entries[0]["target"]?.string)
            #expect(entries[0]["requestId"]?.string == "erase-\(target)")
            let cursor = try #require(page.json["nextCursor"]?.string)
            let rest = try await hub.address.request("GET", "/api/v1/admin/audit?limit=1000&cursor=\(cursor)", key: key)
            let ids = (entries + (rest.json["entries"]?.array ?? [])).compactMap { $0["target"]?.string }
            #expect(Set(ids).count == 5)
            let none = try await hub.address.request("GET", "/api/v1/admin/audit?to=1000", key: key)
            #expect(none.json["entries"]?.array?.isEmpty == true)
            let keys = try await hub.address.request("GET", "/api/v1/admin/keys", key: key)
            #expect(keys.json["keys"]?.array?.compactMap { $0["name"]?.string } == ["ops", "test"])
            #expect(!keys.text.contains("hash"))
        }
    }

    // MARK: Sessions

    @Test func `open streams are listed from every loop, sorted as asked, and can be closed`() async throws {
        try await RunningHub.with { hub in
            let key = try await hub.adminKey()
            var clients: [TestClient] = []
            for loop in 0..<2 {
                let group = GroupID.fresh("top", onLoop: loop)
                for number in 0..<3 {
                    let id = try await hub.address.register(in: group, name: "Phone \(number)")
                    clients.append(try await TestClient.connect(hub.address, as: id))
                }
            }
            for _ in 0..<10 { try await clients[4].settle() }
            let answer = try await hub.address.request("GET", "/api/v1/admin/sessions", key: key)
            #expect(answer.status == 200)
            #expect(answer.json["total"] == .integer(6))
            let sessions = try #require(answer.json["sessions"]?.array)
            #expect(
                sessions.compactMap { $0["sessionId"]?.string }
                    == clients.map { $0.welcome.session.description }.sorted())
            #expect(Set(sessions.compactMap { $0["loop"] }) == [.integer(0), .integer(1)])
            #expect(
                sessions.allSatisfy { $0["address"]?.string == "127.0.0.1" && $0["protocol"]?.string == "presence.v1" })
            let busiest = try await hub.address.request(
                "GET", "/api/v1/admin/sessions?sort=messagesIn&limit=1", key: key)
            let first = try #require(busiest.json["sessions"]?.array?.first)
            #expect(first["sessionId"]?.string == clients[4].welcome.session.description)
            #expect(first["messagesIn"] == .integer(10))
            #expect(busiest.json["nextCursor"] == .null)
            var paged: [String] = []
            var cursor: String? = ""
            while let next = cursor {
                let page = try await hub.address.request(
                    "GET", "/api/v1/admin/sessions?limit=4" + (next.isEmpty ? "" : "&cursor=\(next)"), key: key)
                paged += page.json["sessions"]?.array?.compactMap { $0["sessionId"]?.string } ?? []
                cursor = page.json["nextCursor"]?.string
            }
            #expect(paged == sessions.compactMap { $0["sessionId"]?.string })
            #expect(try await hub.address.request("GET", "/api/v1/admin/sessions?sort=colour", key: key).status == 400)

            let id = clients[2].welcome.session
            #expect(try await hub.address.request("DELETE", "/api/v1/admin/sessions/\(id)", key: key).status == 204)
            let ending = try await clients[2].ended()
            #expect(ending.code == 1008 && ending.reason == "closed by an administrator")
            #expect(try await hub.audit(of: id.description) == ["closeSession started", "closeSession done"])
            try await Support.eventually("it is gone") {
                try await hub.address.request("DELETE", "/api/v1/admin/sessions/\(id)", key: key).status == 404
            }
            #expect(try await hub.address.request("DELETE", "/api/v1/admin/sessions/x", key: key).status == 404)
            clients.remove(at: 2)
            for client in clients { await client.close() }
        }
    }

    @Test func `hubctl admin does all of it`() async throws {
        try await RunningHub.with { hub in
            let environment = [
                "HUBCTL_URL": "http://127.0.0.1:\(hub.address.port)", "HUBCTL_KEY": try await hub.adminKey(),
            ]
            func hubctl(_ words: String...) async throws -> ProgramRun.Outcome {
                try await ProgramRun.run("hubctl", ["admin"] + words, environment: environment)
            }
            let id = try await hub.address.register(in: .fresh())
            let device = try await TestClient.connect(hub.address, as: id)
            #expect(try await device.ask(.location(.sample())).isAck)
            let session = device.welcome.session
            #expect(try await hubctl("sessions").output.contains(session.description))
            let top = try await hubctl("top", "--once")
            #expect(
                top.status == 0 && top.output.contains("1 sessions, by queued") && top.output.contains("\(session)"))
            #expect(try await hubctl("top", "--once", "--json").json?["total"] == .integer(1))
            #expect(try await hubctl("sessions", "close", session.description).status == 0)
            #expect(try await device.ended().code == 1008)
            let export = try await hubctl("export", id.description)
            #expect(export.json?["locationCount"] == .integer(1))
            #expect(
                try await hubctl("export", id.description, "--format", "csv").output.split(separator: "\r\n").count == 2
            )
            #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)").status == 204)
            #expect(try await hubctl("devices", "--inactive").output.contains(id.description))
            #expect(try await hubctl("devices", "reactivate", id.description).status == 0)
            #expect(
                try await hubctl("devices", "purge", "--older-than-days", "1", "--yes").output.hasPrefix("0 devices"))
            #expect(try await hubctl("erase", id.description, "--yes").status == 0)
            #expect(try await hubctl("erase", id.description, "--yes").status == 65)
            #expect(try await hubctl("keys").output.contains("ops"))
            let audit = try await hubctl("audit", "--limit", "1000")
            for operation in [
                "closeSession", "exportDeviceData", "reactivateDevice", "purgeInactiveDevices", "eraseDeviceData",
            ] {
                #expect(audit.output.contains(operation))
            }
            // A key that is no administrator's.
            let refused = try await ProgramRun.run(
                "hubctl", ["admin", "audit", "--key", hub.address.key ?? ""], environment: environment)
            #expect(refused.status == 77)
        }
    }
}
