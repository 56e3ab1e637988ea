import Crypto
import HTTP
import Hub
import Model
import Persistence
import Testing
import Wire

/// People see what they have reached, and hear of it on every session, on every hub.
@Suite(.timeLimit(.minutes(3)))
struct AchievementTests {
    @Test func `a list says how far somebody is, and what they have`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let all = try await ada.get("/api/v1/achievements")
        #expect(all.status == 200)
        let list = try #require(all.json["achievements"]?.array)
        #expect(list.count >= 10 && all.json["nextCursor"] == .null)
        #expect(list.allSatisfy { $0["unlocked"] == .boolean(false) && $0["unlockedAt"] == .null })
        #expect(
            list.first { $0["code"]?.string == "coverage_bronze" }?["criteriaJson"]?["type"]?.string
                == "country_coverage_pct")
        #expect(try await ada.get("/api/v1/achievements/unlocked").json["achievements"]?.array == [])

        try await hub.unlock("explorer", for: ada)
        let unlocked = try await ada.get("/api/v1/achievements/unlocked")
        let entry = try #require(unlocked.json["achievements"]?.array?.first)
        #expect(entry["code"]?.string == "explorer" && entry["unlocked"] == .boolean(true))
        #expect(entry["unlockedAt"]?.string?.hasSuffix("Z") == true)
        #expect(entry["progress"]?["threshold"]?.double == 100 && entry["progress"]?["percent"]?.double == 100)

        var stranger = hub.address
        stranger.key = nil
        #expect(try await stranger.request("GET", "/api/v1/achievements").status == 401)
        #expect(try await hub.address.request("GET", "/api/v1/achievements/unlocked").status == 403)
    }

    @Test func `an operator adds an achievement, and none that nobody counts`() async throws {
        try await RunningHub.with { hub in
            var admin = hub.address
            admin.key = try await RunningHub.makeKey("admin", isAdmin: true, in: hub.keys).text
            let path = "/api/v1/admin/achievements/pathfinder"
            func draft(_ criteria: String) -> String {
                #"{"area":"travel","position":0,"name":"Pathfinder","description":"Far","criteriaJson":\#(criteria)}"#
            }
            let wrong = [
                #"{"type":"lessons","threshold":1}"#, #"{"type":"cells_total"}"#, "7",
                #"{"type":"cells_total","count":0}"#,
            ]
            for criteria in wrong {
                let answer = try await admin.request("PUT", path, body: draft(criteria))
                #expect(answer.status == 400 && answer.wrongFields == ["criteriaJson"], "\(criteria)")
            }
            let empty = try await admin.request("PUT", "/api/v1/admin/achievements/Path%20finder", body: "{}")
            #expect(Set(empty.wrongFields) == ["code", "area", "position", "name", "description", "criteriaJson"])
            let good = draft(#"{"type":"cells_total","threshold":1000}"#)
            #expect(try await hub.address.request("PUT", path, body: good).status == 403)
            #expect(try await admin.request("PUT", path, body: good).status == 204)
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let list = try await ada.get("/api/v1/achievements").json["achievements"]?.array
            #expect(list?.first?["code"]?.string == "pathfinder" && list?.count == 11)
            #expect(try await hub.audit(of: "pathfinder") == ["putAchievement done"])
            let catalogue = try await admin.get("/api/v1/admin/achievements").json["achievements"]?.array
            #expect(catalogue?.count == 11 && catalogue?.allSatisfy { $0["hidden"] == .null } == true)
        }
    }

    @Test func `what is unlocked reaches every session of the person, on every hub, once`() async throws {
        try await RunningHub.with { hub in
            let second = try await RunningHub.start(on: hub.test.uri) { _ in }
            let upkeep = Task { await second.run() }
            do {
                try await hearEverywhere(hub, second)
                upkeep.cancel()
                await second.stop()
            } catch {
                upkeep.cancel()
                await second.stop()
                throw error
            }
        }
    }

    @Test func `what an ingestion unlocks is its answer, and told to every session of the person`() async throws {
        try await TravelHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let there = try await ada.signIn()
            let sessions = [try await ada.connect(), try await there.connect()]
            let other = try await TestPerson.register(on: hub.address, "ben").connect()
            // What was there when the hub began to look is no news to it.
            try await hub.unlock("explorer", for: ada, untilHeardBy: sessions[0])
            for session in sessions { _ = try await session.achievementsUntilPong() }

            let places = [Whereabout(37.5, -122.5, 0), Whereabout(-16.5, 179.5, 86_400)]
            let answer = try await ada.ingest(places)
            let codes = answer.json["achievementsUnlocked"]?.array?.compactMap { $0["code"]?.string }
            #expect(codes?.sorted() == ["first_steps", "hemisphere_hopper"])
            for session in sessions {
                var told: Set<String> = []
                while told.count < 2 {
                    let code = try await session.achievement()
                    if code != "explorer" { told.insert(code) }
                }
                #expect(told == ["first_steps", "hemisphere_hopper"])
                #expect(try await session.achievementsUntilPong() == [])
            }
            #expect(try await other.achievementsUntilPong() == [])
            // The same again unlocks and tells nothing.
            #expect(try await ada.ingest(places).json["achievementsUnlocked"]?.array == [])
            for session in sessions + [other] {
                #expect(try await session.achievementsUntilPong() == [])
                await session.close()
            }
        }
    }

    private func hearEverywhere(_ hub: RunningHub, _ second: Hub) async throws {
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let ben = try await TestPerson.register(on: hub.address, "ben")
        let there = try await ada.signIn()
        var fields = HTTPHeaders()
        for (name, value) in ada.headers { fields.append(name, value) }
        let sessions = [
            try await ada.connect(), try await there.connect(),
            try await TestClient.connect(HubAddress(port: second.port), headers: fields),
        ]
        let other = try await ben.connect()
        // What was there when a hub began to look is no news to it.
        for session in sessions { try await hub.unlock("first_steps", for: ada, untilHeardBy: session) }
        for session in sessions { _ = try await session.achievementsUntilPong() }

        try await hub.unlock("explorer", for: ada)
        try await hub.unlock("wanderer", for: ada)
        for session in sessions {
            var codes: [String] = []
            while codes.count < 2 {
                let code = try await session.achievement()
                if code != "first_steps" { codes.append(code) }
            }
            #expect(codes == ["explorer", "wanderer"])
            #expect(try await session.achievementsUntilPong() == [])
        }
        #expect(try await other.achievementsUntilPong() == [])
        for session in sessions + [other] { await session.close() }
    }
}

extension RunningHub {
    /// As another hub of the same database would.
    func unlock(_ code: String, for person: TestPerson) async throws {
        _ = try await database.query(
            PostgresStatement(
                "test.unlock", "INSERT INTO achievements.unlocked (user_id, code) VALUES ($1::uuid, $2::text)"
            ).with(person.id.rawValue, code))
    }

    /// Unlocks and takes back, until a session has heard of it.
    fileprivate func unlock(
        _ code: String, for person: TestPerson, untilHeardBy session: TestClient
    ) async throws {
        let deadline = ContinuousClock.now + Support.patience
        while ContinuousClock.now < deadline {
            try await unlock(code, for: person)
            let heard = try? await session.achievement(within: .milliseconds(500))
            _ = try await database.query(
                PostgresStatement(
                    "test.lock", "DELETE FROM achievements.unlocked WHERE user_id = $1::uuid AND code = $2::text"
                ).with(person.id.rawValue, code))
            if heard == code { return }
        }
        throw Unexpected(what: "a session hears nothing")
    }
}

extension TestClient {
    /// The code of the next achievement that is told.
    fileprivate func achievement(within limit: Duration = Support.patience) async throws -> String {
        try await first("an achievement", within: limit) {
            if case .achievement(let achievement) = $0 { achievement.code } else { nil }
        }
    }

    /// The codes that are told before the answer to what is asked now.
    fileprivate func achievementsUntilPong() async throws -> [String] {
        let id: Int64 = 800_000
        await send(.ping, id: id)
        var codes: [String] = []
        while true {
            let message = try await next()
            if case .achievement(let achievement) = message { codes.append(achievement.code) }
            if message.re == id { return codes }
        }
    }
}
