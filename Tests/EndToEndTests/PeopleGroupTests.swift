import Configuration
import Crypto
import Hub
import Model
import Testing
import Wire

/// Groups of people: who makes and sees them, and who may do what there.
@Suite(.timeLimit(.minutes(2)))
struct PeopleGroupTests {
    @Test func `who makes a group owns it, and sees it in their list`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        let made = try await ana.post("/api/v1/groups", #"{"name":"  Family  "}"#)
        #expect(made.status == 201)
        #expect(made.json["name"]?.string == "Family")
        #expect(made.json["role"]?.string == "owner")
        #expect(made.json["memberCount"]?.integer == 1)
        let id = try #require(made.json["id"]?.string)
        #expect(GroupID(id) != nil)
        let list = try await ana.get("/api/v1/groups")
        #expect(list.json["groups"]?.array?.compactMap { $0["id"]?.string } == [id])
        #expect(list.json["nextCursor"]?.isNull == true)
        let found = try await ana.get("/api/v1/groups/\(id)")
        #expect(found.json["members"]?.array?.compactMap { $0["userId"]?.string } == [ana.id.description])
        #expect(found.json["members"]?.array?.first?["devices"]?.array?.isEmpty == true)
    }

    @Test(arguments: [
        #"{}"#, #"{"name":null}"#, #"{"name":""}"#, #"{"name":"   "}"#, #"{"name":7}"#, #"{"name":"a\u0000b"}"#,
        #"{"name":"a\nb"}"#, #"{"name":"\u202Eevil"}"#, #"{"name":"\u2067evil"}"#, #"{"name":"\u2028"}"#,
        #"{"name":"\#(String(repeating: "x", count: 101))"}"#,
    ])
    func `a bad name is refused, of a new group and of one that is there`(body: String) async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        let circle = try await Circle.make(by: ana)
        for answer in [try await ana.post("/api/v1/groups", body), try await ana.patch(circle.path, body)] {
            #expect(answer.status == 400)
            #expect(answer.error == "validation_error")
            #expect(answer.wrongFields == ["name"])
        }
    }

    @Test func `names of a hundred characters of any script are taken`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        for name in [String(repeating: "é", count: 100), "家族 👨‍👩‍👧", "Семья"] {
            let answer = try await ana.post("/api/v1/groups", #"{"name":"\#(name)"}"#)
            #expect(answer.status == 201)
            #expect(answer.json["name"]?.string == name)
        }
    }

    @Test func `an id that is taken or none is refused, by people and by devices`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        let circle = try await Circle.make(by: ana)
        let fleet = GroupID.fresh("fleet")
        try await hub.register(in: fleet)
        for id in [circle.id, fleet] {
            let answer = try await ben.post("/api/v1/groups", #"{"id":"\#(id)","name":"Mine"}"#)
            #expect(answer.status == 409)
            #expect(answer.error == "conflict")
            // It opened nothing.
            #expect(try await ben.get("/api/v1/devices?groupId=\(id)").status == 404)
        }
        for id in ["x", "with space", String(repeating: "x", count: 51)] {
            let answer = try await ben.post("/api/v1/groups", #"{"id":"\#(id)","name":"Mine"}"#)
            #expect(answer.status == 400)
            #expect(answer.wrongFields == ["id"])
        }
    }

    @Test func `to a stranger a group is as one that does not exist`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        let circle = try await Circle.make(by: ana)
        let nowhere = "/api/v1/groups/\(GroupID.fresh("nowhere"))"
        let calls: [(String, String, String?)] = [
            ("GET", "", nil), ("PATCH", "", #"{"name":"Mine"}"#), ("DELETE", "", nil), ("POST", "/leave", ""),
            ("DELETE", "/members/\(ana.id)", nil), ("PATCH", "/members/\(ana.id)", #"{"role":"member"}"#),
            ("POST", "/owner", #"{"userId":"\#(ben.id)"}"#), ("POST", "/invitations", "{}"),
            ("GET", "/invitations", nil), ("DELETE", "/invitations/\(ana.id)", nil),
        ]
        for (method, path, body) in calls {
            let answers = [
                try await ben.request(method, circle.path + path, body: body),
                try await ben.request(method, nowhere + path, body: body),
            ]
            #expect(answers.allSatisfy { $0.status == 404 && $0.error == "not_found" }, "\(method) \(path)")
            #expect(answers[0].json["message"] == answers[1].json["message"])
        }
        #expect(try await circle.roles(seenBy: ana) == [ana.username: "owner"])
    }

    @Test func `roles say who renames, gives roles, hands over and removes`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        let ben = try await TestPerson.register(on: hub, "ben")
        let cara = try await TestPerson.register(on: hub, "cara")
        let circle = try await Circle.make(by: ana, with: [ben, cara])
        #expect(try await ben.patch(circle.path, #"{"name":"Ours"}"#).status == 403)
        #expect(try await ben.patch("\(circle.path)/members/\(cara.id)", #"{"role":"admin"}"#).status == 403)
        #expect(try await ben.delete("\(circle.path)/members/\(cara.id)").status == 403)
        #expect(try await ben.delete(circle.path).status == 403)
        #expect(try await ana.patch("\(circle.path)/members/\(ben.id)", #"{"role":"owner"}"#).status == 400)
        #expect(try await ana.patch("\(circle.path)/members/\(ben.id)", #"{"role":"admin"}"#).status == 204)
        #expect(try await ben.patch(circle.path, #"{"name":"Ours"}"#).json["name"]?.string == "Ours")
        #expect(try await ben.delete("\(circle.path)/members/\(ana.id)").status == 403)
        #expect(try await ben.delete("\(circle.path)/members/\(cara.id)").status == 204)
        #expect(try await cara.get(circle.path).status == 404)
        #expect(try await ana.post("\(circle.path)/leave", "").status == 409)
        #expect(try await ana.post("\(circle.path)/owner", #"{"userId":"\#(cara.id)"}"#).status == 404)
        #expect(try await ana.post("\(circle.path)/owner", #"{"userId":"nobody"}"#).wrongFields == ["userId"])
        let handed = try await ana.post("\(circle.path)/owner", #"{"userId":"\#(ben.id)"}"#)
        #expect(handed.status == 200)
        #expect(handed.json["role"]?.string == "admin")
        #expect(try await circle.roles(seenBy: ben) == [ana.username: "admin", ben.username: "owner"])
        #expect(try await ana.post("\(circle.path)/leave", "").status == 204)
        #expect(try await ana.post("\(circle.path)/leave", "").status == 404)
        // The last one who leaves takes the group along.
        #expect(try await ben.post("\(circle.path)/leave", "").status == 204)
        #expect(try await ben.get("/api/v1/groups").json["groups"]?.array?.isEmpty == true)
    }

    @Test func `an administrator makes somebody the owner of a group of devices`() async throws {
        let running = try await RunningHub.shared.hub()
        let hub = running.address
        let ana = try await TestPerson.register(on: hub, "ana")
        let fleet = GroupID.fresh("fleet")
        try await hub.register(in: fleet)
        let path = "/api/v1/admin/groups/\(fleet)/owner"
        let body = #"{"userId":"\#(ana.id)"}"#
        #expect(try await hub.post(path, body).status == 403)
        #expect(try await ana.post(path, body).status == 403)
        let admin = try await RunningHub.makeKey("admin", isAdmin: true, in: running.keys)
        #expect(try await hub.request("POST", path, body: body, key: admin.text).status == 204)
        let group = try await ana.get("/api/v1/groups/\(fleet)")
        #expect(group.json["role"]?.string == "owner")
        #expect(group.json["name"]?.string == fleet.rawValue)
        #expect(try await ana.get("/api/v1/devices?groupId=\(fleet)").json["devices"]?.array?.count == 1)
        let nowhere = "/api/v1/admin/groups/\(GroupID.fresh())/owner"
        #expect(try await hub.request("POST", nowhere, body: body, key: admin.text).status == 404)
    }

    @Test func `without Postgres people are told to come back`() async throws {
        let outage = try await Outage()
        let hub = try await RunningHub.start(on: outage.uri) {
            $0.database.statementTimeout = Outage.statementTimeout
        }
        let ana = try await TestPerson.register(on: HubAddress(port: hub.port), "ana")
        let circle = try await Circle.make(by: ana)
        let device = try await ana.register(in: circle.id)
        let client = try await ana.connect()
        await outage.begin()
        // At once, for each waits as long as a statement may take.
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (method, path, body) in [
                ("GET", "/api/v1/groups", nil), ("GET", circle.path, nil), ("POST", "/api/v1/groups", #"{"name":"x"}"#),
                ("GET", "/api/v1/devices?groupId=\(circle.id)", nil), ("POST", "\(circle.path)/leave", ""),
                ("GET", "/api/v1/users?username=nobody", nil), ("DELETE", "/api/v1/devices/\(device)", nil),
            ] as [(String, String, String?)] {
                tasks.addTask {
                    let answer = try await ana.request(method, path, body: body)
                    #expect(answer.status == 503, "\(method) \(path)")
                    #expect(answer.error == "service_unavailable")
                }
            }
            try await tasks.waitForAll()
        }
        guard case .error(let failure) = try await client.ask(.watch(circle.id)) else {
            throw Unexpected(what: "a watch without Postgres")
        }
        #expect(failure.code == .serviceUnavailable)
        try await outage.end()
        try await Support.eventually("Postgres is back") { try await ana.get(circle.path).status == 200 }
        #expect(try await client.watch(circle.id).members.count == 1)
        await client.close()
        await hub.stop()
        await outage.close()
    }
}
