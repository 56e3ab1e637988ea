import HTTP
import Model
import Testing
import WebSocket
import Wire

/// A user's own devices: what they may do with them, and that they may do nothing with others (rules 5 and 6).
@Suite(.timeLimit(.minutes(2)))
struct OwnDeviceTests {
    private static let batch = "/api/v1/locations/batch"

    @Test func `a user registers, reports, exports and erases a device of theirs`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        let circle = try await Circle.make(by: ana)
        let phone = try await ana.register(in: circle.id)
        #expect(try await ana.report(of: phone).status == 200)
        let mine = try await ana.get("/api/v1/devices/mine").json["devices"]?.array ?? []
        #expect(mine.compactMap { $0["deviceId"]?.string } == [phone.description])
        #expect(mine.first?["active"]?.boolean == true)
        let list = try await ana.get("/api/v1/devices?groupId=\(circle.id)")
        #expect(list.json["devices"]?.array?.first?["lastLocation"]?.isNull == false)
        let history = try await ana.get("/api/v1/devices/\(phone)/locations")
        #expect(history.json["locations"]?.array?.count == 1)
        #expect(try await ana.get("/api/v1/devices/\(phone)/data-export").status == 200)
        let members = try await ana.get(circle.path).json["members"]?.array
        #expect(members?.first?["devices"]?.array?.compactMap(\.string) == [phone.description])
        #expect(try await ana.delete("/api/v1/devices/\(phone)").status == 204)
        #expect(try await ana.report(of: phone).status == 404)
        #expect(try await ana.delete("/api/v1/devices/\(phone)/data").status == 204)
        #expect(try await ana.get("/api/v1/devices/mine").json["devices"]?.array?.isEmpty == true)
    }

    @Test func `what a user did with a device's data is in the audit log under their id`() async throws {
        let running = try await RunningHub.shared.hub()
        let ana = try await TestPerson.register(on: running.address, "ana")
        let circle = try await Circle.make(by: ana)
        let phone = try await ana.register(in: circle.id)
        _ = try await ana.get("/api/v1/devices/\(phone)/data-export")
        _ = try await ana.delete("/api/v1/devices/\(phone)/data")
        let admin = try await RunningHub.makeKey("admin", isAdmin: true, in: running.keys)
        let log = try await running.address.request("GET", "/api/v1/admin/audit", key: admin.text)
        let entries = (log.json["entries"]?.array ?? []).filter { $0["target"]?.string == phone.description }
        #expect(Set(entries.compactMap { $0["operation"]?.string }) == ["exportDeviceData", "eraseDeviceData"])
        #expect(entries.allSatisfy { $0["userId"]?.string == ana.id.description && $0["keyId"] == nil })
    }

    @Test func `to others a device is as one that does not exist`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        // Also to those who share its group.
        let circle = try await Circle.make(by: ana, with: [ben])
        let hers = try await ana.register(in: circle.id)
        let nobodys = try await hub.register(in: circle.id)
        let nowhere = DeviceID.random()
        let calls: [(String, (DeviceID) -> String, ((DeviceID) -> String)?)] = [
            ("DELETE", { "/api/v1/devices/\($0)" }, nil), ("GET", { "/api/v1/devices/\($0)/locations" }, nil),
            ("GET", { "/api/v1/devices/\($0)/data-export" }, nil), ("DELETE", { "/api/v1/devices/\($0)/data" }, nil),
            ("POST", { _ in "/api/v1/locations" }, { Uploads.one(of: $0, .sample()) }),
            ("POST", { _ in OwnDeviceTests.batch }, { Uploads.batch(of: $0, [.sample()]) }),
            ("POST", { _ in "/api/v1/stream/tickets" }, { #"{"deviceId":"\#($0)"}"# }),
        ]
        for (method, path, body) in calls {
            var messages: Set<String?> = []
            for device in [hers, nobodys, nowhere] {
                let answer = try await ben.request(method, path(device), body: body?(device))
                #expect(answer.status == 404, "\(method) \(path(device))")
                messages.insert(answer.json["message"]?.string)
            }
            #expect(messages.count == 1)
        }
        for device in [hers, nobodys, nowhere] {
            await #expect(throws: WebSocketClientError.self) { _ = try await ben.connect(as: device) }
        }
        // Nothing has happened to them.
        #expect(try await hub.list(circle.id).count == 2)
        #expect(try await hub.list(circle.id).allSatisfy { $0["lastLocation"]?.isNull == true })
    }

    @Test func `a device of somebody else's or of nobody's cannot be taken over`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        let circle = try await Circle.make(by: ana, with: [ben])
        let answers = [
            try await ben.tryRegister(try await ana.register(in: circle.id), in: circle.id),
            try await ben.tryRegister(try await hub.register(in: circle.id), in: circle.id),
            try await ben.tryRegister(try await hub.register(in: .fresh("fleet")), in: circle.id),
        ]
        #expect(answers.allSatisfy { $0.status == 409 && $0.error == "conflict" })
        #expect(Set(answers.map { $0.json["message"]?.string }).count == 1)
    }

    @Test func `a user registers in groups they are in, five devices, and the group's limit holds`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        let circle = try await Circle.make(by: ana)
        #expect(try await ben.tryRegister(.random(), in: circle.id).status == 404)
        let fleet = GroupID.fresh("fleet")
        try await hub.register(in: fleet)
        #expect(try await ben.tryRegister(.random(), in: fleet).status == 404)
        #expect(try await ben.tryRegister(.random(), in: .fresh("nowhere")).status == 404)
        for _ in 0..<5 { try await ana.register(in: circle.id) }
        let sixth = try await ana.tryRegister(.random(), in: circle.id)
        #expect(sixth.status == 409 && sixth.error == "conflict")
        for _ in 0..<15 { try await hub.register(in: circle.id) }
        try await circle.admit(ben)
        let full = try await ben.tryRegister(.random(), in: circle.id)
        #expect(full.status == 409 && full.error == "group_full")
    }

    @Test func `a user streams as their own device, by token and by ticket`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        let circle = try await Circle.make(by: ana)
        let phone = try await ana.register(in: circle.id)
        let client = try await ana.connect(as: phone)
        #expect(client.welcome.device == phone && client.welcome.user == ana.id && client.welcome.group == circle.id)
        guard case .fixesStored(_, 1) = try await client.ask(.location(.sample())) else {
            throw Unexpected(what: "no ack")
        }
        await client.close()
        let ticket = try await ana.post("/api/v1/stream/tickets", #"{"deviceId":"\#(phone)"}"#)
        let text = try #require(ticket.json["ticket"]?.string)
        let browser = try await TestClient.connect(ana.hub, query: "ticket=\(text)")
        #expect(browser.welcome.device == phone && browser.welcome.user == ana.id)
        #expect(try await browser.watch(circle.id).members.map(\.device) == [phone])
        await browser.close()
    }

    @Test func `where everybody of a group was is not for users, who were not always members`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        let circle = try await Circle.make(by: ana)
        let path = "/api/v1/groups/\(circle.id)/at?time=2026-11-20T10:30:00.000Z"
        #expect(try await ana.get(path).status == 403)
        #expect(try await hub.get(path).status == 200)
    }
}
