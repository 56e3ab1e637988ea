import Configuration
import Crypto
import Model
import Testing
import Wire

/// Phone apps report to a real hub, as they do.
@Suite(.timeLimit(.minutes(4)))
struct PhoneAppTests {
    private static let ownTracks = "/api/v1/ingest/owntracks"
    private static let osmAnd = "/api/v1/ingest/osmand"

    /// A device with the token of its app.
    private struct Phone {
        let hub: HubAddress
        let device: DeviceID
        let token: String
        let addresses: JSONValue

        static func make(by person: TestPerson, in circle: Circle) async throws -> Phone {
            let device = try await person.register(in: circle.id)
            let answer = try await person.post("/api/v1/devices/\(device)/ingest-token", "")
            guard answer.status == 201, let token = answer.json["token"]?.string else {
                throw UnexpectedAnswer(answer: answer)
            }
            #expect(answer["Cache-Control"] == "no-store")
            return Phone(hub: person.hub, device: device, token: token, addresses: answer.json["addresses"] ?? .null)
        }

        func ownTracks(_ message: String, headers: [(String, String)] = []) async throws -> HTTPAnswer {
            let basic = "Basic " + Base64.standard.encode(Array("ana:\(token)".utf8))
            return try await hub.request(
                "POST", PhoneAppTests.ownTracks, body: message,
                headers: [("Authorization", basic), ("X-Limit-U", "ana"), ("X-Limit-D", "phone")] + headers)
        }

        func osmAnd(_ query: String, method: String = "GET", agent: String = "OsmAnd~ 4.7.10") async throws
            -> HTTPAnswer
        {
            try await hub.request(
                method, "\(PhoneAppTests.osmAnd)?\(query)", body: method == "POST" ? "" : nil,
                headers: [("User-Agent", agent), ("Content-Type", "application/x-www-form-urlencoded")])
        }
    }

    private static func location(at moment: Timestamp, latitude: Double = 48.2) -> String {
        """
        {"_type":"location","acc":13,"alt":158,"batt":81,"bs":1,"cog":271,"conn":"w","created_at":1,"lat":\(latitude),\
        "lon":16.4,"m":1,"t":"u","tid":"an","tst":\(moment.milliseconds / 1000),"vac":3,"vel":54,"_id":"a1"}
        """
    }

    @Test func `OwnTracks reports, is seen by the group, and sees the others as friends`() async throws {
        let hub = try await RunningHub.shared.hub()
        let (ana, ben) = (
            try await TestPerson.register(on: hub.address, "ana"), try await TestPerson.register(on: hub.address, "ben")
        )
        let circle = try await Circle.make(by: ana, with: [ben])
        let phone = try await Phone.make(by: ana, in: circle)
        let other = try await ben.register(in: circle.id)
        #expect(try await ben.report(.sample(latitude: 47.5), of: other).status == 200)
        let watcher = try await ben.connect()
        _ = try await watcher.watch(circle.id)
        let moment = Timestamp.now
        let answer = try await phone.ownTracks(Self.location(at: moment))
        #expect(answer.status == 200)
        let friends = try #require(answer.json.array)
        #expect(friends.map { $0["_type"]?.string } == ["card", "location"])
        #expect(friends[1]["lat"]?.double == 47.5)
        var found: Fix?
        while found == nil {
            found = try await watcher.positions(of: circle.id).first { $0.device == phone.device }?.fix
        }
        let seen = try #require(found)
        #expect(seen.latitude == 48.2 && seen.speed == 15 && seen.batteryLevel == 81 && seen.networkType == "wifi")
        #expect(try await hub.stored(phone.device) == [moment.milliseconds / 1000 * 1000])
        await watcher.close()
    }

    @Test func `whoever stores nothing is told nothing of the others`() async throws {
        let hub = try await RunningHub.shared.hub()
        let (ana, ben) = (
            try await TestPerson.register(on: hub.address), try await TestPerson.register(on: hub.address)
        )
        let circle = try await Circle.make(by: ana, with: [ben])
        let phone = try await Phone.make(by: ana, in: circle)
        let other = try await ben.register(in: circle.id)
        #expect(try await ben.report(.sample(latitude: 47.5), of: other).status == 200)
        let old = Self.location(at: Timestamp.now.advanced(by: .seconds(-8 * 86_400)))
        for message in ["[]", #"{"_type":"lwt","tst":1764151200}"#, old] {
            let answer = try await phone.ownTracks(message)
            #expect(answer.status == 200 && answer.json.array?.isEmpty == true)
        }
        #expect(try await phone.ownTracks(Self.location(at: .now)).json.array?.count == 2)
    }

    @Test func `the other messages of OwnTracks are answered well and stored nowhere`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ana = try await TestPerson.register(on: hub.address)
        let phone = try await Phone.make(by: ana, in: try await Circle.make(by: ana))
        for message in [
            #"{"_type":"lwt","tst":1764151200}"#, #"{"_type":"status"}"#, "[]",
            #"{"_type":"transition","event":"enter","lat":1,"lon":2,"wtst":1,"tst":2,"acc":3}"#,
        ] {
            let answer = try await phone.ownTracks(message)
            #expect(answer.status == 200 && answer.json.array?.isEmpty == true)
        }
        let encrypted = try await phone.ownTracks(#"{"_type":"encrypted","data":"AAAA"}"#)
        #expect(encrypted.status == 400 && encrypted.wrongFields == ["_type"])
        #expect(try await hub.stored(phone.device).isEmpty)
    }

    @Test func `what waited while a phone was offline is stored once, and what is too old blocks nothing`() async throws
    {
        let hub = try await RunningHub.shared.hub()
        let ana = try await TestPerson.register(on: hub.address)
        let phone = try await Phone.make(by: ana, in: try await Circle.make(by: ana))
        let now = Timestamp.now
        let old = try await phone.ownTracks(Self.location(at: now.advanced(by: .seconds(-8 * 86_400))))
        #expect(old.status == 200)
        #expect(try await hub.stored(phone.device).isEmpty)
        // More than one unit of the journal, newest first, one of them too old, and all of it twice.
        var moments = (0..<120).map { now.advanced(by: .seconds(-60 * $0)) }
        moments.append(now.advanced(by: .seconds(-9 * 86_400)))
        let message = "[" + moments.map { Self.location(at: $0) }.joined(separator: ",") + "]"
        for _ in 0..<2 { #expect(try await phone.ownTracks(message).status == 200) }
        let expected = moments.dropLast().map { $0.milliseconds / 1000 * 1000 }.sorted()
        #expect(try await hub.stored(phone.device) == expected)
        let metrics = try await hub.address.get("/metrics").text
        #expect(metrics.contains(#"hub_phone_fixes_total{app="owntracks",outcome="late"}"#))
    }

    @Test func `OsmAnd and both kinds of Traccar Client report by the addresses that the hub gives`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ana = try await TestPerson.register(on: hub.address)
        let phone = try await Phone.make(by: ana, in: try await Circle.make(by: ana))
        let now = Timestamp.now
        var address = try #require(phone.addresses["osmAnd"]?.string)
        for (place, value) in ["48.1", "16.1", "\(now.milliseconds - 3000)", "7", "170", "2.5", "90"].enumerated() {
            address = address.replacing("{\(place)}", with: value)
        }
        #expect(try await hub.address.request("GET", address, key: .some(nil)).status == 200)
        let seconds = now.milliseconds / 1000 - 2
        let query = "id=\(phone.token)&timestamp=\(seconds)&lat=48.2&lon=16.2&speed=10.0&bearing=90.0&altitude=171.0"
        for method in ["POST", "GET"] {
            let answer = try await phone.osmAnd(
                query + "&accuracy=12.5&batt=81.0&charge=true", method: method, agent: "okhttp/4.12")
            #expect(answer.status == 200 && answer.body.isEmpty)
        }
        let json = """
            {"location":{"timestamp":"\(now.rfc3339)","coords":{"latitude":48.3,"longitude":16.3,"accuracy":5,"speed":-1,\
            "heading":-1,"altitude":5},"is_moving":false,"odometer":0,"event":"motionchange",\
            "battery":{"level":1,"is_charging":false},"activity":{"type":"still"},"extras":{},"_":"&id=x&"},\
            "device_id":"\(phone.token)"}
            """
        #expect(try await hub.address.request("POST", Self.osmAnd, body: json, key: .some(nil)).status == 200)
        let stored = try await hub.stored(phone.device)
        #expect(stored == [now.milliseconds - 3000, seconds * 1000, now.milliseconds].sorted())
        let values = try await hub.storedValues(phone.device)
        #expect(values[1].contains("5.144") && values[0].contains("2.5"))
    }

    @Test(arguments: ["", "lat=1&lon=2", "key=&lat=1&lon=2", "id=0123456789abcdefghjkmnpqrstvwxyz&lat=1&lon=2"])
    func `without a known token nothing is taken`(query: String) async throws {
        let hub = try await RunningHub.shared.hub()
        let full = query.isEmpty ? "lat=1&lon=2" : query
        let answer = try await hub.address.request("GET", "\(Self.osmAnd)?\(full)", key: .some(nil))
        #expect(answer.status == 401 && answer["WWW-Authenticate"]?.hasPrefix("Basic ") == true)
        #expect(try await hub.address.request("POST", Self.ownTracks, body: "{}").status == 401)
    }

    @Test func `bad positions are refused with the app's own names`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ana = try await TestPerson.register(on: hub.address)
        let phone = try await Phone.make(by: ana, in: try await Circle.make(by: ana))
        let ahead = Timestamp.now.milliseconds / 1000 + 120
        let future = try await phone.ownTracks(#"{"_type":"location","lat":91,"lon":2,"tst":\#(ahead)}"#)
        #expect(future.status == 400 && future.wrongFields.sorted() == ["lat", "tst"])
        let far = try await phone.osmAnd("key=\(phone.token)&lat=1&lon=181")
        #expect(far.status == 400 && far.wrongFields == ["lon"])
        #expect(try await phone.ownTracks("{").status == 400)
        #expect(try await hub.stored(phone.device).isEmpty)
    }

    @Test func `a new token ends the one before, and a revoked one opens nothing`() async throws {
        let hub = try await RunningHub.shared.hub()
        let (ana, ben) = (
            try await TestPerson.register(on: hub.address), try await TestPerson.register(on: hub.address)
        )
        let circle = try await Circle.make(by: ana, with: [ben])
        let phone = try await Phone.make(by: ana, in: circle)
        let path = "/api/v1/devices/\(phone.device)/ingest-token"
        #expect(try await ana.get(path).json["createdAt"]?.string != nil)
        #expect(try await ana.get(path).json["token"] == nil)
        for method in ["GET", "POST", "DELETE"] {
            #expect(try await ben.request(method, path).status == 404)
            #expect(try await hub.address.request(method, path, key: .some(nil)).status == 401)
        }
        let second = try await ana.post(path, "")
        let token = try #require(second.json["token"]?.string)
        #expect(try await phone.ownTracks(Self.location(at: .now)).status == 401)
        #expect(try await phone.osmAnd("key=\(token)&lat=1&lon=2").status == 200)
        #expect(try await ana.delete(path).status == 204)
        #expect(try await ana.delete(path).status == 404)
        #expect(try await ana.get(path).status == 404)
        #expect(try await phone.osmAnd("key=\(token)&lat=1&lon=2").status == 401)
        #expect(
            try await hub.audit(of: phone.device.description) == [
                "createIngestToken done", "createIngestToken done", "revokeIngestToken done",
            ])
        #expect(try await hub.address.post("/api/v1/devices/\(DeviceID.random())/ingest-token", "").status == 404)
    }

    @Test func `a token goes with its device, and a device that has left its group reports nothing`() async throws {
        let hub = try await RunningHub.shared.hub()
        let (ana, ben) = (
            try await TestPerson.register(on: hub.address), try await TestPerson.register(on: hub.address)
        )
        let circle = try await Circle.make(by: ana, with: [ben])
        let phone = try await Phone.make(by: ben, in: circle)
        try await circle.remove(ben)
        let left = try await phone.ownTracks(Self.location(at: .now))
        #expect(left.status == 404 && left.error == "not_found")
        #expect(try await ben.deleteAccount().status == 204)
        #expect(try await phone.ownTracks(Self.location(at: .now)).status == 401)
        #expect(try await hub.count("SELECT count(*) FROM phones.tokens WHERE device_id = '\(phone.device)'") == 0)
    }

    @Test func `a phone that reports too often is told when to come again`() async throws {
        try await RunningHub.with { configuration in
            configuration.security.ratePolicies =
                RunningHub.unlimited.filter { $0.name != "phone" } + [
                    RatePolicy("phone", 3, per: .seconds(60), by: .device)
                ]
        } _: { hub in
            let ana = try await TestPerson.register(on: hub.address)
            let circle = try await Circle.make(by: ana)
            let (phone, other) = (try await Phone.make(by: ana, in: circle), try await Phone.make(by: ana, in: circle))
            for _ in 0..<3 { #expect(try await phone.ownTracks("[]").status == 200) }
            let refused = try await phone.osmAnd("key=\(phone.token)&lat=1&lon=2")
            #expect(refused.status == 429 && refused["Retry-After"] != nil)
            #expect(refused["RateLimit-Policy"]?.contains(#""phone";q=3;w=60"#) == true)
            #expect(try await other.ownTracks("[]").status == 200)
        }
    }

    @Test func `a request counts once for every fifty locations that it brings`() async throws {
        try await RunningHub.with { configuration in
            configuration.security.ratePolicies =
                RunningHub.unlimited.filter { $0.name != "phone" } + [
                    RatePolicy("phone", 3, per: .seconds(60), by: .device)
                ]
        } _: { hub in
            let ana = try await TestPerson.register(on: hub.address)
            let circle = try await Circle.make(by: ana)
            let (phone, other) = (try await Phone.make(by: ana, in: circle), try await Phone.make(by: ana, in: circle))
            let now = Timestamp.now
            let locations = (0..<151).map { Self.location(at: now.advanced(by: .seconds(-60 * $0))) }
            let whole = "[" + locations.prefix(150).joined(separator: ",") + "]"
            let taken = try await phone.ownTracks(whole)
            // A policy is told of once, as it stands after all of them.
            #expect(taken.status == 200 && taken["RateLimit-Policy"] == #""phone";q=3;w=60"#)
            #expect(taken["RateLimit"]?.hasPrefix(#""phone";r=0;"#) == true)
            #expect(try await phone.ownTracks("[]").status == 429)
            let refused = try await other.ownTracks("[" + locations.joined(separator: ",") + "]")
            #expect(refused.status == 429 && refused["Retry-After"] != nil)
            // The units before the refused one stay.
            #expect(try await hub.stored(other.device).count == 150)
        }
    }

    @Test func `a token in an address is in no line of the log`() async throws {
        try await HubProcess.with(["HUB__LOGGING__LEVEL": "debug"]) { hub in
            let device = try await hub.address.register(in: .fresh())
            let made = try await hub.address.post("/api/v1/devices/\(device)/ingest-token", "")
            let token = try #require(made.json["token"]?.string)
            for query in ["key=\(token)&lat=48.25&lon=16.4", "key=\(token)&lat=x", "key=\(token)0&lat=48.25&lon=16.4"] {
                _ = try await hub.address.request("GET", "\(Self.osmAnd)?\(query)", key: .some(nil))
            }
            let log = await hub.terminate().complaints.joined(separator: "\n")
            #expect(log.contains(Self.osmAnd) && !log.contains(token) && !log.contains("48.25"))
        }
    }
}
