import Configuration
import Hub
import Model
import Persistence
import Testing
import Wire

/// Ways into a group: codes for whoever has them, and invitations to one person.
@Suite(.timeLimit(.minutes(2)))
struct InvitationTests {
    private func people(_ names: String...) async throws -> [TestPerson] {
        let hub = try await RunningHub.shared.address()
        var people: [TestPerson] = []
        for name in names { people.append(try await TestPerson.register(on: hub, name)) }
        return people
    }

    @Test func `a code shows where it leads and lets one person in, however it is written`() async throws {
        let all = try await people("ana", "ben", "cara")
        let (ana, ben, cara) = (all[0], all[1], all[2])
        let circle = try await Circle.make(by: ana)
        let code = try await circle.code()
        #expect(code.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}/) != nil)
        let written = code.replacing("-", with: "").lowercased().replacing("0", with: "o").replacing("1", with: "l")
        let preview = try await ben.get("/api/v1/invitations/\(written)")
        #expect(preview.status == 200)
        #expect(preview.json["groupName"]?.string == "Circle")
        #expect(preview.json["memberCount"]?.integer == 1)
        #expect(preview.json["invitedBy"]?["displayName"]?.string == "ana")
        let joined = try await ben.post("/api/v1/invitations/\(written)/join", "")
        #expect(joined.status == 200)
        #expect(joined.json["id"]?.string == circle.id.rawValue)
        #expect(joined.json["role"]?.string == "member")
        // Again is as good as once, and for anybody else it is used up.
        #expect(try await ben.post("/api/v1/invitations/\(code)/join", "").status == 200)
        #expect(try await cara.get("/api/v1/invitations/\(code)").status == 404)
        #expect(try await cara.post("/api/v1/invitations/\(code)/join", "").status == 404)
        #expect(try await circle.roles(seenBy: ana) == [ana.username: "owner", ben.username: "member"])
    }

    @Test func `where one has to be invited nobody registers without a code, and joins with one`() async throws {
        try await RunningHub.with { hub in
            let ana = try await TestPerson.register(on: hub.address, "ana")
            let circle = try await Circle.make(by: ana)
            let code = try await circle.code()
            let other = try await RunningHub.start(on: hub.test.uri) { $0.accounts.registration = .invitation }
            let address = HubAddress(port: other.port)
            func register(_ name: String, _ code: String?) async throws -> HTTPAnswer {
                let member = code.map { #","invitationCode":"\#($0)""# } ?? ""
                let names = #""email":"\#(name)@example.org","username":"\#(name)""#
                return try await address.request(
                    "POST", "/api/v1/auth/register",
                    body: "{" + names + #","password":"\#(ana.password)"\#(member)}"#, key: .some(nil))
            }
            #expect(try await register("ben", nil).error == "forbidden")
            #expect(try await register("ben", "nonsense").wrongFields == ["invitationCode"])
            #expect(try await register("ben", "0000-0000-0000").error == "forbidden")
            let made = try await register("ben", code.lowercased())
            #expect(made.status == 201)
            let ben = try TestPerson(hub: address, email: "", password: "", answer: made)
            #expect(try await circle.roles(seenBy: ben)?[ben.username] == "member")
            #expect(try await register("cara", code).error == "forbidden")
            await other.stop()
        }
    }

    @Test func `who is invited by name is told of it, and nobody else`() async throws {
        let running = try await RunningHub.shared.hub()
        let all = try await people("ana", "ben", "cara")
        let (ana, ben, cara) = (all[0], all[1], all[2])
        let circle = try await Circle.make(by: ana)
        #expect(try await cara.post("/api/v1/blocks", #"{"userId":"\#(ana.id)"}"#).status == 204)
        for name in [ben.username, cara.username, "nobody-at-all"] {
            #expect(try await ana.post("\(circle.path)/invitations", #"{"username":"\#(name)"}"#).status == 201)
        }
        let sql = "SELECT user_id FROM accounts.notices WHERE kind = 'invitation' AND sender_id = $1::uuid"
        let told = try await running.database.query(PostgresStatement(sql, sql).with(ana.id.rawValue))
        #expect(told.rows.compactMap { $0.uniqueID(0) } == [ben.id.rawValue])
    }

    @Test func `a guess, an expired, a revoked and a used code are answered alike`() async throws {
        let running = try await RunningHub.shared.hub()
        let all = try await people("ana", "ben", "cara")
        let (ana, ben, cara) = (all[0], all[1], all[2])
        let circle = try await Circle.make(by: ana)
        let (expired, revoked, used) = (
            try await circle.code(), try await circle.code(), try await circle.code()
        )
        let expiry = "UPDATE accounts.invitations SET expires_at = now() - interval '1 second' WHERE code = $1::text"
        _ = try await running.database.query(
            PostgresStatement(expiry, expiry).with(expired.replacing("-", with: "")))
        let open = try await ana.get("\(circle.path)/invitations").json["invitations"]?.array ?? []
        #expect(open.count == 2)
        let id = try #require(open.first { $0["code"]?.string == revoked }?["id"]?.string)
        #expect(try await ana.delete("\(circle.path)/invitations/\(id)").status == 204)
        #expect(try await ana.delete("\(circle.path)/invitations/\(id)").status == 404)
        #expect(try await cara.post("/api/v1/invitations/\(used)/join", "").status == 200)
        var messages: Set<String?> = []
        for code in [expired, revoked, used, "0000-0000-0000", "nothing", String(repeating: "x", count: 200)] {
            for answer in [
                try await ben.get("/api/v1/invitations/\(code)"),
                try await ben.post("/api/v1/invitations/\(code)/join", ""),
                try await ben.post("/api/v1/invitations/\(code)/decline", ""),
            ] {
                #expect(answer.status == 404)
                messages.insert(answer.json["message"]?.string)
            }
        }
        #expect(messages.count == 1)
    }

    @Test(arguments: [
        (#"{"maxUses":0}"#, "maxUses"), (#"{"maxUses":101}"#, "maxUses"), (#"{"maxUses":"3"}"#, "maxUses"),
        (#"{"maxUses":1.5}"#, "maxUses"), (#"{"expiresIn":59}"#, "expiresIn"), (#"{"expiresIn":2592001}"#, "expiresIn"),
        (#"{"role":"owner"}"#, "role"), (#"{"role":"king"}"#, "role"), (#"{"username":""}"#, "username"),
        (#"{"username":"ben","maxUses":2}"#, "maxUses"), (#"{"username":7}"#, "username"),
    ])
    func `a wish that breaks a rule is refused by name`(body: String, field: String) async throws {
        let ana = try await people("ana")[0]
        let circle = try await Circle.make(by: ana)
        let answer = try await ana.post("\(circle.path)/invitations", body)
        #expect(answer.status == 400)
        #expect(answer.wrongFields == [field])
    }

    @Test func `of six who use an invitation for three at once three join`() async throws {
        let all = try await people("ana", "a", "b", "c", "d", "e", "f")
        let circle = try await Circle.make(by: all[0])
        let code = try await circle.code(#"{"maxUses":3}"#)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for person in all.dropFirst() {
                group.addTask { try await person.post("/api/v1/invitations/\(code)/join", "").status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 200 } == 3)
        #expect(statuses.count { $0 == 404 } == 3)
        #expect(try await circle.roles(seenBy: all[0])?.count == 4)
        #expect(try await all[0].get("\(circle.path)/invitations").json["invitations"]?.array?.isEmpty == true)
    }

    @Test func `only those who may invite do, and an invitation holds no longer than they may`() async throws {
        let all = try await people("ana", "ben", "cara", "dan")
        let (ana, ben, cara, dan) = (all[0], all[1], all[2], all[3])
        let circle = try await Circle.make(by: ana, with: [cara])
        try await circle.admit(ben, as: "admin")
        for (method, path) in [
            ("POST", "/invitations"), ("GET", "/invitations"), ("DELETE", "/invitations/\(ana.id)"),
        ] {
            let body = method == "POST" ? "{}" : nil
            #expect(try await cara.request(method, circle.path + path, body: body).status == 403)
        }
        #expect(try await ben.post("\(circle.path)/invitations", #"{"role":"admin"}"#).status == 403)
        let code = try #require(try await ben.post("\(circle.path)/invitations", "{}").json["code"]?.string)
        #expect(try await dan.get("/api/v1/invitations/\(code)").status == 200)
        #expect(try await ana.patch("\(circle.path)/members/\(ben.id)", #"{"role":"member"}"#).status == 204)
        #expect(try await dan.get("/api/v1/invitations/\(code)").status == 404)
        #expect(try await dan.post("/api/v1/invitations/\(code)/join", "").status == 404)
        #expect(try await circle.roles(seenBy: ana)?.count == 3)
    }

    @Test func `a person finds what was sent to them, and nobody else can follow it`() async throws {
        let all = try await people("ana", "ben", "cara")
        let (ana, ben, cara) = (all[0], all[1], all[2])
        let circle = try await Circle.make(by: ana)
        let sent = try await ana.post(
            "\(circle.path)/invitations", #"{"username":"\#(ben.username.uppercased())"}"#)
        #expect(sent.status == 201)
        #expect(sent.json["code"] == nil && sent.json["link"] == nil)
        let received = try await ben.get("/api/v1/invitations").json["invitations"]?.array ?? []
        #expect(received.count == 1)
        let code = try #require(received.first?["code"]?.string)
        #expect(received.first?["groupName"]?.string == "Circle")
        #expect(try await cara.get("/api/v1/invitations").json["invitations"]?.array?.isEmpty == true)
        #expect(try await cara.post("/api/v1/invitations/\(code)/join", "").status == 404)
        #expect(try await cara.post("/api/v1/invitations/\(code)/decline", "").status == 404)
        #expect(try await ben.post("/api/v1/invitations/\(code)/decline", "").status == 204)
        #expect(try await ben.post("/api/v1/invitations/\(code)/join", "").status == 404)
        // Asked again, the newer replaces the older.
        for _ in 0..<2 {
            _ = try await ana.post("\(circle.path)/invitations", #"{"username":"\#(ben.username)"}"#)
        }
        let again = try await ben.get("/api/v1/invitations").json["invitations"]?.array ?? []
        #expect(again.count == 1)
        #expect(
            try await ben.post("/api/v1/invitations/\(again[0]["code"]?.string ?? "")/join", "").status == 200)
        #expect(try await ben.get("/api/v1/invitations").json["invitations"]?.array?.isEmpty == true)
        let member = try await ana.post("\(circle.path)/invitations", #"{"username":"\#(ben.username)"}"#)
        #expect(member.status == 409)
    }

    @Test func `who is blocked cannot tell from what an invitation is answered`() async throws {
        let all = try await people("ana", "ben")
        let (ana, ben) = (all[0], all[1])
        let circle = try await Circle.make(by: ana)
        #expect(try await ben.post("/api/v1/blocks", #"{"userId":"\#(ana.id)"}"#).status == 204)
        let names = [ben.username, "nobody-\(UInt64.random(in: 0...UInt64.max))"]
        var answers: [HTTPAnswer] = []
        for name in names {
            answers.append(try await ana.post("\(circle.path)/invitations", #"{"username":"\#(name)"}"#))
            #expect(try await ana.get("/api/v1/users?username=\(name)").status == 404)
        }
        #expect(answers.allSatisfy { $0.status == 201 })
        func shape(_ value: JSONValue?) -> [String] {
            guard case .object(let members)? = value else { return [] }
            return members.map(\.name)
        }
        #expect(shape(answers[0].json) == shape(answers[1].json))
        let open = try await ana.get("\(circle.path)/invitations").json["invitations"]?.array ?? []
        #expect(Set(open.compactMap { $0["username"]?.string }) == Set(names))
        #expect(Set(open.map(shape)).count == 1)
        #expect(try await ben.get("/api/v1/invitations").json["invitations"]?.array?.isEmpty == true)
    }

    @Test func `a link begins where the operator says the hub is`() async throws {
        try await RunningHub.with {
            $0.server.publicURL = "https://hub.example"
        } _: { running in
            let ana = try await TestPerson.register(on: running.address, "ana")
            let circle = try await Circle.make(by: ana)
            let made = try await ana.post("\(circle.path)/invitations", "{}")
            let code = try #require(made.json["code"]?.string)
            #expect(made.json["link"]?.string == "https://hub.example/join/\(code)")
        }
    }

    @Test func `codes cannot be tried for ever`() async throws {
        try await RunningHub.with {
            $0.security.ratePolicies.removeAll { $0.name == "invitation" }
            $0.security.ratePolicies.append(RatePolicy("invitation", 3, per: .seconds(60), by: .user))
        } _: { running in
            let ana = try await TestPerson.register(on: running.address, "ana")
            for _ in 0..<3 { #expect(try await ana.get("/api/v1/invitations/0000-0000-0000").status == 404) }
            let refused = try await ana.get("/api/v1/invitations/0000-0000-0000")
            #expect(refused.status == 429)
            #expect(refused.error == "rate_limit_exceeded")
            // What is no guess goes on.
            #expect(try await ana.get("/api/v1/groups").status == 200)
        }
    }
}
