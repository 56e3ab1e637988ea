import Model
import Persistence
import Testing
import Wire

/// Where a device was, and where everybody was at a moment.
@Suite(.timeLimit(.minutes(2)))
struct HistoryTests {
    @Test func `pages go back in time without a gap or a repetition`() async throws {
        let hub = try await RunningHub.shared.hub()
        let id = try await hub.address.register(in: .fresh())
        let end = Timestamp.now
        try await HubAddress.fill(hub, id, count: 25, until: end)
        let path = "/api/v1/devices/\(id)/locations"
        var times: [String] = []
        var next: String? = ""
        while let cursor = next {
            let query = "?limit=10" + (cursor.isEmpty ? "" : "&cursor=\(cursor)")
            let page = try await hub.address.get(path + query)
            #expect(page.status == 200)
            times += page.json["locations"]?.array?.compactMap { $0["timestamp"]?.string } ?? []
            next = page.json["nextCursor"]?.string
        }
        let expected = (0..<25).map { end.advanced(by: .seconds(-$0)).rfc3339 }
        #expect(times == expected)
        let from = end.advanced(by: .seconds(-5))
        let part = try await hub.address.get("\(path)?from=\(from.milliseconds)&to=\(end.rfc3339)")
        #expect(part.json["locations"]?.array?.compactMap { $0["timestamp"]?.string } == Array(expected[1...5]))
        #expect(part.json["nextCursor"] == .null)
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("from=yesterday", "from"),
        ("to=2026-13-01T00:00:00Z", "to"), ("from=2000&to=1000", "to"), ("cursor=abc", "cursor"),
        ("cursor=AQAAAAAAAAAAAAAAAAAAAAAA", "cursor"), ("from=99999999999999999999", "from"),
    ])
    func `bad parameters are named`(query: String, field: String) async throws {
        let hub = try await RunningHub.shared.hub()
        let id = try await hub.address.register(in: .fresh())
        let answer = try await hub.address.get("/api/v1/devices/\(id)/locations?\(query)")
        #expect(answer.status == 400 && answer.wrongFields == [field])
    }

    @Test func `a cursor is good for its own list alone`() async throws {
        let hub = try await RunningHub.shared.hub()
        let (one, two) = (try await hub.address.register(in: .fresh()), try await hub.address.register(in: .fresh()))
        try await HubAddress.fill(hub, one, count: 3)
        let page = try await hub.address.get("/api/v1/devices/\(one)/locations?limit=1")
        let cursor = try #require(page.json["nextCursor"]?.string)
        #expect(try await hub.address.get("/api/v1/devices/\(one)/locations?limit=2&cursor=\(cursor)").status == 200)
        #expect(try await hub.address.get("/api/v1/devices/\(two)/locations?cursor=\(cursor)").status == 400)
        #expect(try await hub.address.get("/api/v1/devices/\(one)/locations?from=1000&cursor=\(cursor)").status == 400)
    }

    @Test func `a group at a moment is its members' last locations up to then`() async throws {
        let hub = try await RunningHub.shared.hub()
        let group = GroupID.fresh()
        let ana = try await hub.address.register(in: group, name: "Ana")
        let ben = try await hub.address.register(in: group, name: "Ben")
        let gone = try await hub.address.register(in: group, name: "Gone")
        let now = Timestamp.now
        for device in [ana, gone] {
            let fixes = [-600, -300, -10].map {
                Fix.sample(at: now.advanced(by: .seconds($0)), latitude: Double(-$0) / 10)
            }
            for fix in fixes {
                #expect(try await hub.address.post(BadUploadTests.one, Uploads.one(of: device, fix)).status == 200)
            }
        }
        #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(gone)").status == 204)
        let time = now.advanced(by: .seconds(-120))
        let answer = try await hub.address.get("/api/v1/groups/\(group)/at?time=\(time.rfc3339)")
        #expect(answer.status == 200)
        let devices = try #require(answer.json["devices"]?.array)
        #expect(devices.map { $0["deviceId"]?.string } == [ana.description, ben.description])
        #expect(devices[0]["location"]?["timestamp"]?.string == now.advanced(by: .seconds(-300)).rfc3339)
        #expect(devices[0]["ageSeconds"] == .number(180) || devices[0]["ageSeconds"] == .integer(180))
        #expect(devices[1]["location"] == .null && devices[1]["ageSeconds"] == .null)
        let recent = try await hub.address.get(
            "/api/v1/groups/\(group)/at?time=\(time.milliseconds)&maxAgeSeconds=60")
        #expect(recent.json["devices"]?.array?.allSatisfy { $0["location"] == .null } == true)
        let missing = try await hub.address.get("/api/v1/groups/\(group)/at")
        #expect(missing.status == 400 && missing.error == "missing_field")
        #expect(try await hub.address.get("/api/v1/groups/\(group)/at?time=x").status == 400)
        #expect(try await hub.address.get("/api/v1/groups/a%20b/at?time=1000").status == 404)
    }
}
