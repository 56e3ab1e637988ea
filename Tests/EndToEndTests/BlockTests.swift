import Model
import Testing
import Wire

/// Looking people up, and blocking them.
@Suite(.timeLimit(.minutes(2)))
struct BlockTests {
    @Test func `people are found by their whole name, and by id only if one shares a group`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        let found = try await ben.get("/api/v1/users?username=\(ana.username.uppercased())")
        #expect(found.status == 200)
        #expect(found.json["id"]?.string == ana.id.description)
        #expect(found.json["email"] == nil)
        #expect(try await ben.get("/api/v1/users?username=\(ana.username.dropLast())").status == 404)
        #expect(try await ben.get("/api/v1/users").status == 400)
        #expect(try await ben.get("/api/v1/users?username=\(String(repeating: "x", count: 3000))").status == 404)
        let answers = [
            try await ben.get("/api/v1/users/\(ana.id)"),
            try await ben.get("/api/v1/users/\(UniqueID.version7(at: .now))"),
            try await ben.get("/api/v1/users/nobody"),
        ]
        #expect(answers.allSatisfy { $0.status == 404 })
        #expect(Set(answers.map { $0.json["message"]?.string }).count == 1)
        #expect(try await ben.get("/api/v1/users/\(ben.id)").json["username"]?.string == ben.username)
        _ = try await Circle.make(by: ana, with: [ben])
        #expect(try await ben.get("/api/v1/users/\(ana.id)").json["username"]?.string == ana.username)
    }

    @Test func `who is blocked is not told, and finds nothing out by asking`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        for _ in 0..<2 { #expect(try await ana.post("/api/v1/blocks", #"{"userId":"\#(ben.id)"}"#).status == 204) }
        let blocks = try await ana.get("/api/v1/blocks").json["blocks"]?.array ?? []
        #expect(blocks.compactMap { $0["userId"]?.string } == [ben.id.description])
        #expect(try await ben.get("/api/v1/blocks").json["blocks"]?.array?.isEmpty == true)
        #expect(try await ben.get("/api/v1/users?username=\(ana.username)").status == 404)
        #expect(try await ana.get("/api/v1/users?username=\(ben.username)").status == 200)
        // In one group they see each other as before.
        let circle = try await Circle.make(by: ana, with: [ben])
        #expect(try await ben.get("/api/v1/users?username=\(ana.username)").status == 200)
        #expect(try await circle.roles(seenBy: ben)?.count == 2)
        #expect(try await ana.delete("/api/v1/blocks/\(ben.id)").status == 204)
        #expect(try await ana.delete("/api/v1/blocks/\(ben.id)").status == 404)
    }

    @Test func `a block does not hide whom one talks to`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ana, ben) = (try await TestPerson.register(on: hub, "ana"), try await TestPerson.register(on: hub, "ben"))
        _ = try await TestTalk.group([ana, ben])
        let path = "/api/v1/users?username=\(ana.username)"
        let before = try await ben.get(path)
        #expect(try await ana.post("/api/v1/blocks", #"{"userId":"\#(ben.id)"}"#).status == 204)
        let after = try await ben.get(path)
        #expect(after.status == 200 && after.text == before.text)
        #expect(try await ben.get("/api/v1/users/\(ana.id)").status == 200)
    }

    @Test func `nobody blocks themselves, or nobody`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        let oneself = try await ana.post("/api/v1/blocks", #"{"userId":"\#(ana.id)"}"#)
        #expect(oneself.status == 400 && oneself.wrongFields == ["userId"])
        #expect(try await ana.post("/api/v1/blocks", #"{"userId":"x"}"#).wrongFields == ["userId"])
        #expect(try await ana.post("/api/v1/blocks", "{}").wrongFields == ["userId"])
        let nobody = UniqueID.version7(at: .now)
        #expect(try await ana.post("/api/v1/blocks", #"{"userId":"\#(nobody)"}"#).status == 404)
    }

    @Test func `a list of blocks goes on where its page ended`() async throws {
        let hub = try await RunningHub.shared.address()
        let ana = try await TestPerson.register(on: hub, "ana")
        var others: Set<String> = []
        for _ in 0..<3 {
            let other = try await TestPerson.register(on: hub, "other")
            _ = try await ana.post("/api/v1/blocks", #"{"userId":"\#(other.id)"}"#)
            others.insert(other.id.description)
        }
        let first = try await ana.get("/api/v1/blocks?limit=2")
        let cursor = try #require(first.json["nextCursor"]?.string)
        let second = try await ana.get("/api/v1/blocks?limit=2&cursor=\(cursor)")
        #expect(second.json["nextCursor"]?.isNull == true)
        let seen = [first, second].flatMap { $0.json["blocks"]?.array ?? [] }.compactMap { $0["userId"]?.string }
        #expect(seen.count == 3 && Set(seen) == others)
        let stranger = try await TestPerson.register(on: hub, "stranger")
        #expect(try await stranger.get("/api/v1/blocks?cursor=\(cursor)").status == 400)
    }
}
