import Configuration
import HubTesting
import Model
import Persistence
import Testing
import Wire

/// Locations that come to somebody's record through the routes, with a real hub, a map of a few squares, and Postgres.
@Suite(.timeLimit(.minutes(4)))
struct IngestTests {
    private static let (home, corner) = (Whereabout(37.7749, -122.4194, 0), Whereabout(37.8044, -122.2712, 900))

    private func device(of person: TestPerson) async throws -> HTTPAnswer {
        try await person.get("/api/v1/travel/device")
    }

    @Test func `the first location makes a device, and tells the country, the region and the cells`() async throws {
        try await TravelHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            #expect(try await device(of: ada).status == 404)
            let body = """
                {"latitude":37.7749,"longitude":-122.4194,"timestamp":"2024-12-28T10:30:00Z","h3Res8":"8828308281fffff",
                "deviceName":"Ada's phone","platform":"ios"}
                """
            let answer = try await ada.post(TestPerson.ingest, body)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["processed"]?.integer == 1 && answer.json["skipped"]?.integer == 0)
            let discoveries = answer.json["discoveries"]
            #expect(discoveries?["newCountries"]?.array?.first?["name"]?.string == "United States")
            #expect(discoveries?["newRegions"]?.array?.first?["name"]?.string == "California")
            #expect(answer.discovered("newCountries") == ["US"] && answer.discovered("newRegions") == ["US-CA"])
            #expect(answer.count("discoveries", "newCellsRes6") == 1)
            #expect(answer.count("discoveries", "newCellsRes8") == 1)
            #expect(answer.count("visitCounts", "res8") == 1 && answer.json["achievementsUnlocked"]?.array != nil)
            let made = try await device(of: ada)
            #expect(made.status == 200 && made.json["deviceName"]?.string == "Ada's phone")
            #expect(made.json["platform"]?.string == "ios" && made.json["active"]?.boolean == true)
            let own = try await ada.get("/api/v1/devices/mine").json["devices"]?.array ?? []
            #expect(own.map { $0["deviceId"]?.string } == [made.json["deviceId"]?.string])
            let group = try #require(made.json["groupId"]?.string)
            let members = try await ada.get("/api/v1/groups/\(group)").json["members"]?.array
            #expect(members?.count == 1)
        }
    }

    @Test func `labels of a later location are the device's, and there is one device`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        #expect(try await ada.ingest(Self.home).status == 200)
        let made = try await device(of: ada).json
        #expect(made["deviceName"]?.string == "My Phone" && made["platform"]?.string == "unknown")
        let uuid = DeviceID.random()
        let body = """
            {"locations":[\(Self.corner.json)],"deviceId":"\(uuid)","deviceName":"Another phone","platform":"android"}
            """
        #expect(try await ada.post(TestPerson.ingestBatch, body).status == 200)
        let changed = try await device(of: ada).json
        #expect(changed["deviceId"] == made["deviceId"] && changed["deviceUuid"]?.string == "\(uuid)")
        #expect(changed["deviceName"]?.string == "Another phone" && changed["platform"]?.string == "android")
        #expect(try await ada.get("/api/v1/devices/mine").json["devices"]?.array?.count == 1)
        // Who sees the device live sees the name.
        let group = made["groupId"]?.string ?? ""
        try await Support.eventually("the list has the name") {
            let listed = try await ada.get("/api/v1/devices?groupId=\(group)").json["devices"]?.array ?? []
            return listed.map { $0["displayName"]?.string } == ["Another phone"]
        }
    }

    @Test func `another device of one's own may be chosen, and nobody else's`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let eve = try await TestPerson.register(on: hub.address, "eve")
        #expect(try await ada.ingest(Self.home).status == 200)
        let group = try #require(try await device(of: ada).json["groupId"]?.string)
        let second = DeviceID.random()
        let registered = try await ada.post(
            "/api/v1/devices/register", #"{"deviceId":"\#(second)","displayName":"Tablet","groupId":"\#(group)"}"#)
        #expect(registered.status == 200)
        let path = "/api/v1/travel/device"
        let chosen = try await ada.patch(path, #"{"deviceId":"\#(second)","deviceName":"Ada's tablet"}"#)
        #expect(chosen.status == 200 && chosen.json["deviceId"]?.string == "\(second)")
        #expect(chosen.json["deviceName"]?.string == "Ada's tablet")
        #expect(try await eve.patch(path, #"{"deviceId":"\#(second)"}"#).status == 404)
        #expect(try await eve.patch(path, #"{"deviceName":"Mine"}"#).status == 404)
        #expect(try await ada.patch(path, #"{"deviceId":"x","platform":""}"#).wrongFields == ["deviceId", "platform"])
        #expect(try await ada.delete("/api/v1/devices/\(second)").status == 204)
        #expect(try await ada.patch(path, #"{"deviceId":"\#(second)"}"#).status == 404)
    }

    @Test func `a batch of a hundred in any order is taken, and cells in it count once`() async throws {
        try await TravelHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            // Ten cells, each for ten minutes; the first and the last are the same one.
            var places = (0..<100).map { number in
                Whereabout(37.5 + Double(number / 10 % 9) * 0.02, -122.5, number * 60)
            }
            places.shuffle()
            let answer = try await ada.ingest(places)
            #expect(answer.status == 200 && answer.json["processed"]?.integer == 100)
            #expect(answer.count("discoveries", "newCellsRes8") == 9 && answer.count("revisits", "cellsRes8") == 0)
            #expect(answer.discovered("newCountries") == ["US"] && answer.json["visitCounts"] == nil)
            let visits = try await hub.database.query(
                PostgresStatement(
                    "test.visits", "SELECT count(*) FROM travel.visits WHERE user_id = $1 AND res = 8"
                ).with(ada.id.rawValue))
            #expect(visits[0].int64(0) == 10)
        }
    }

    @Test func `a batch tells every discovery, and what was skipped by index and reason`() async throws {
        try await TravelHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let body = """
                {"locations":[
                    \(Whereabout(48.5, 17.5, 7200).json), \(Whereabout(37.5, -122.5, 0).json), 7,
                    \(Whereabout(39.5, -119.5, 3600).json), \(Whereabout(39.5, -119.4, 3600).json),
                    \(Whereabout(95, 0, 10).json), \(Whereabout(43.5, 7.5, 9000, cell: "8828308281fffff").json),
                    {"latitude":43.5,"longitude":7.5,"timestamp":"2024-12-29T00:00:00Z","accuracy":900}
                ]}
                """
            let answer = try await ada.post(TestPerson.ingestBatch, body)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["processed"]?.integer == 3 && answer.json["skipped"]?.integer == 5)
            #expect(answer.discovered("newCountries") == ["US", "SK"])
            #expect(answer.discovered("newRegions") == ["US-CA", "US-NV", "SK-BL"])
            let skipped = answer.json["skippedItems"]?.array ?? []
            #expect(skipped.map { $0["index"]?.integer } == [2, 4, 5, 6, 7])
            #expect(
                skipped.map { $0["reason"]?.string } == [
                    "validation_error", "duplicate", "validation_error", "h3_mismatch", "inaccurate",
                ])
            #expect(skipped[2]["details"]?.array?.first?["field"]?.string == "latitude")
            // Sent again it is answered the same, but for what is unlocked once.
            let again = try await ada.post(TestPerson.ingestBatch, body)
            for member in ["processed", "skipped", "skippedItems", "discoveries", "revisits"] {
                #expect(again.json[member] == answer.json[member], "\(member)")
            }
        }
    }

    @Test func `with a key the first answer comes again`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        var answers: [HTTPAnswer] = []
        for _ in 0..<2 {
            answers.append(
                try await ada.hub.request(
                    "POST", TestPerson.ingest, body: Self.home.json,
                    headers: ada.headers + [("Idempotency-Key", "once")]))
        }
        #expect(answers[0].status == 200 && answers[0].body == answers[1].body)
        #expect(answers[0]["Idempotency-Replayed"] == nil && answers[1]["Idempotency-Replayed"] == "true")
    }

    @Test func `each route has its limit, by user, wherever the query says it comes from`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let bob = try await TestPerson.register(on: hub.address, "bob")
        for number in 0..<30 {
            let answer = try await ada.post(TestPerson.ingestBatch + "?deviceId=\(DeviceID.random())", "{}")
            #expect(answer.status == 400, "\(number)")
        }
        let refused = try await ada.ingest([Self.home])
        #expect(refused.status == 429 && refused.error == "rate_limit_exceeded" && refused["Retry-After"] != nil)
        // The other route and the other person have limits of their own.
        let single = try await ada.ingest(Self.home)
        #expect(single.status == 200 && single["RateLimit-Policy"]?.contains(#""ingest";q=120;w=60"#) == true)
        #expect(try await bob.ingest([Self.home]).status == 200)
    }

    @Test func `a record is somebody's own, and no key's`() async throws {
        let hub = try await RunningHub.shared.hub()
        for (method, path) in [
            ("POST", TestPerson.ingest), ("POST", TestPerson.ingestBatch), ("GET", "/api/v1/travel/device"),
            ("PATCH", "/api/v1/travel/device"),
        ] {
            let body = method == "GET" ? nil : Self.home.json
            #expect(try await hub.address.request(method, path, body: body).status == 403, "\(method) \(path)")
            #expect(try await hub.address.request(method, path, body: body, key: .some(nil)).status == 401)
        }
    }

    @Test func `somebody who was deleted leaves no point`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        #expect(try await ada.ingest([Self.home, Self.corner]).status == 200)
        #expect(try await ada.deleteAccount().status == 204)
        #expect(try await ada.ingest(Self.home).status == 401)
        let statement = PostgresStatement("test.points", "SELECT count(*) FROM travel.points WHERE user_id = $1")
        try await Support.eventually("the points are gone") {
            try await hub.database.query(statement.with(ada.id.rawValue))[0].int64(0) == 0
        }
    }
}
