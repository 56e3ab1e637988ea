import Configuration
import Model
import Testing
import Wire

/// A link shows strangers where somebody is, and nothing else, until it does not.
@Suite(.timeLimit(.minutes(4)))
struct ShareTests {
    /// Somebody with a device that shares where it is.
    private struct Sharing {
        let hub: RunningHub
        let person: TestPerson
        let circle: Circle
        let device: DeviceID
        let id: String
        let token: String

        static func start(on hub: RunningHub, seconds: Int = 3600) async throws -> Sharing {
            let person = try await TestPerson.register(on: hub.address)
            let circle = try await Circle.make(by: person)
            let device = try await person.register(in: circle.id)
            let answer = try await person.post("/api/v1/shares", #"{"deviceId":"\#(device)","seconds":\#(seconds)}"#)
            guard answer.status == 201, let id = answer.json["id"]?.string, let token = answer.json["token"]?.string
            else { throw UnexpectedAnswer(answer: answer) }
            #expect(answer["Cache-Control"] == "no-store" && answer.json["url"]?.string == "/s/\(token)")
            return Sharing(hub: hub, person: person, circle: circle, device: device, id: id, token: token)
        }

        var path: String { "/api/v1/shares/view/\(token)" }

        func view() async throws -> HTTPAnswer { try await hub.address.request("GET", path, key: .some(nil)) }

        func report(_ fix: Fix = .sample()) async throws {
            let answer = try await person.report(fix, of: device)
            guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
        }

        func revoke() async throws { #expect(try await person.delete("/api/v1/shares/\(id)").status == 204) }
    }

    /// A stranger who follows a share.
    private final class Follower: Sendable {
        private let connection: RawConnection

        private init(_ connection: RawConnection) { self.connection = connection }

        static func follow(_ path: String, on hub: HubAddress) async throws -> Follower {
            let connection = try await RawConnection.connect(port: hub.port)
            await connection.send("GET \(path)/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")
            let head = try await connection.read { bytes -> (Int, String)? in
                bytes.firstRange(of: Array("\r\n\r\n".utf8)).map {
                    ($0.upperBound, String(decoding: bytes[..<$0.upperBound], as: UTF8.self))
                }
            }
            #expect(head.hasPrefix("HTTP/1.1 200 ") && head.contains("Content-Type: text/event-stream\r\n"))
            #expect(head.contains("Cache-Control: no-store\r\n") && head.contains("Referrer-Policy: no-referrer\r\n"))
            return Follower(connection)
        }

        /// The next event's name and data; comments are passed over.
        func next() async throws -> (name: String, data: JSONValue) {
            while true {
                let chunk = try await connection.read { bytes -> (Int, [UInt8])? in
                    guard let line = bytes.firstRange(of: Array("\r\n".utf8)),
                        let size = Int(String(decoding: bytes[..<line.lowerBound], as: UTF8.self), radix: 16),
                        bytes.count >= line.upperBound + size + 2
                    else { return nil }
                    return (line.upperBound + size + 2, Array(bytes[line.upperBound..<line.upperBound + size]))
                }
                let lines = String(decoding: chunk, as: UTF8.self).split(separator: "\n")
                guard let event = lines.first, event.hasPrefix("event: "), lines.count == 2 else { continue }
                return (String(event.dropFirst(7)), try JSONValue(Array(lines[1].dropFirst(6).utf8)))
            }
        }

        /// What else comes until the hub closes the connection.
        func rest() async throws -> String { String(decoding: try await connection.toEnd(), as: UTF8.self) }

        func end() async { await connection.close() }
    }

    @Test func `a stranger sees a name and a position, and nothing else`() async throws {
        let sharing = try await Sharing.start(on: try await RunningHub.shared.hub())
        let before = try await sharing.view()
        #expect(before.status == 200 && before.json["location"] == .null && before.json["ageSeconds"] == .null)
        var fix = Fix.sample(latitude: 47.25)
        (fix.bearing, fix.batteryLevel, fix.provider) = (90, 55, "gps")
        try await sharing.report(fix)
        let answer = try await sharing.view()
        #expect(answer["Cache-Control"] == "no-store" && answer["Referrer-Policy"] == "no-referrer")
        guard case .object(let members) = answer.json, case .object(let location)? = answer.json["location"] else {
            throw UnexpectedAnswer(answer: answer)
        }
        #expect(
            members.map(\.name).sorted() == ["ageSeconds", "displayName", "expiresAt", "location", "serverTime"])
        #expect(
            location.map(\.name).sorted() == ["accuracy", "bearing", "latitude", "longitude", "speed", "timestamp"])
        #expect(answer.json["displayName"]?.string == "Phone" && answer.json["location"]?["latitude"]?.double == 47.25)
        #expect(try #require(answer.json["ageSeconds"]?.double) >= 0)
        #expect(!answer.text.contains(sharing.device.description) && !answer.text.contains(sharing.circle.id.rawValue))
    }

    @Test func `a stranger follows every move, until the share is revoked`() async throws {
        let sharing = try await Sharing.start(on: try await RunningHub.shared.hub())
        try await sharing.report(.sample(at: Timestamp.now.advanced(by: .seconds(-10)), latitude: 1))
        let follower = try await Follower.follow(sharing.path, on: sharing.hub.address)
        #expect(try await follower.next().data["location"]?["latitude"]?.double == 1)
        for (second, latitude) in [(-3, 2.0), (-2, 3.0), (-1, 4.0)] {
            try await sharing.report(.sample(at: Timestamp.now.advanced(by: .seconds(second)), latitude: latitude))
            let event = try await follower.next()
            #expect(event.name == "position" && event.data["location"]?["latitude"]?.double == latitude)
        }
        try await sharing.revoke()
        #expect(try await follower.next().name == "end")
        #expect(try await sharing.view().status == 404)
        await follower.end()
    }

    @Test func `who has gone, or is not theirs any more, is seen by nobody`() async throws {
        let hub = try await RunningHub.shared.hub()
        let sharing = try await Sharing.start(on: hub)
        try await sharing.report()
        let follower = try await Follower.follow(sharing.path, on: hub.address)
        #expect(try await follower.next().name == "position")
        #expect(try await sharing.person.deleteAccount().status == 204)
        #expect(try await follower.next().name == "end")
        #expect(try await sharing.view().status == 404)
        #expect(try await hub.count("SELECT count(*) FROM shares.shares WHERE id = '\(sharing.id)'") == 0)
        await follower.end()
    }

    @Test func `whoever is invisible is not shown`() async throws {
        let sharing = try await Sharing.start(on: try await RunningHub.shared.hub())
        try await sharing.report()
        let client = try await sharing.person.connect(as: sharing.device)
        let follower = try await Follower.follow(sharing.path, on: sharing.hub.address)
        #expect(try await follower.next().data["location"] != .null)
        _ = try await client.ask(.presence(.init(status: .invisible, note: nil)))
        #expect(try await follower.next().data["location"] == .null)
        #expect(try await sharing.view().json["location"] == .null)
        _ = try await client.ask(.presence(.init(status: .online, note: nil)))
        #expect(try await follower.next().data["location"] != .null)
        await client.close()
        await follower.end()
    }

    @Test func `whoever is invisible stays so while they are away, whatever they report meanwhile`() async throws {
        let sharing = try await Sharing.start(on: try await RunningHub.immediate.hub())
        try await sharing.report(.sample(at: Timestamp.now.advanced(by: .seconds(-10)), latitude: 1))
        let client = try await sharing.person.connect(as: sharing.device)
        _ = try await client.ask(.presence(.init(status: .invisible, note: nil)))
        await client.close()
        #expect(try await sharing.view().json["location"] == .null)
        try await sharing.report(.sample(latitude: 2))
        #expect(try await sharing.view().json["location"] == .null)
        // Back after the absence, the device is online until it declares otherwise.
        try await Support.eventually("it is shown again") {
            let again = try await sharing.person.connect(as: sharing.device)
            let location = try await sharing.view().json["location"]
            await again.close()
            return location?["latitude"]?.double == 2
        }
    }

    @Test func `a follower is cut off, not told of an end, if nobody can say whether a share is open`() async throws {
        try await RunningHub.with { hub in
            let sharing = try await Sharing.start(on: hub)
            try await sharing.report()
            let follower = try await Follower.follow(sharing.path, on: hub.address)
            #expect(try await follower.next().name == "position")
            try await hub.execute("ALTER TABLE shares.shares RENAME TO shares_away")
            // That the device is not there has the view ask.
            #expect(try await sharing.person.delete("/api/v1/devices/\(sharing.device)").status == 204)
            let rest = try await follower.rest()
            #expect(!rest.contains("event: end") && !rest.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func `an address follows so many shares at a time at most`() async throws {
        try await RunningHub.with { hub in
            let sharing = try await Sharing.start(on: hub)
            var followers: [Follower] = []
            for _ in 0..<10 { followers.append(try await Follower.follow(sharing.path, on: hub.address)) }
            let answer = try await hub.address.request("GET", "\(sharing.path)/events", key: .some(nil))
            #expect(answer.status == 429 && answer.json["error"]?.string == "rate_limit_exceeded")
            #expect(answer["Retry-After"] == "30")
            #expect(try await sharing.view().status == 200)
            for follower in followers { await follower.end() }
        }
    }

    @Test func `a link whose time is over shows nothing, is told so, and is removed`() async throws {
        let hub = try await RunningHub.shared.hub()
        let sharing = try await Sharing.start(on: hub)
        try await sharing.report()
        let change = """
            UPDATE shares.shares SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'
            WHERE id = '\(sharing.id)' RETURNING 1::bigint
            """
        #expect(try await hub.count(change) == 1)
        #expect(try await sharing.view().status == 404)
        let list = try await sharing.person.get("/api/v1/shares")
        #expect(list.json["shares"]?.array?.isEmpty == true)
    }

    @Test(arguments: ["", "x", String(repeating: "A", count: 43), String(repeating: "-", count: 44), "%00"])
    func `links that show nothing are answered alike`(token: String) async throws {
        let hub = try await RunningHub.shared.hub()
        for path in ["/api/v1/shares/view/\(token)", "/api/v1/shares/view/\(token)/events"] {
            let answer = try await hub.address.request("GET", path, key: .some(nil))
            #expect([400, 404].contains(answer.status))
            if token.utf8.count == 43 || token == "x" {
                #expect(answer.status == 404 && answer.json["message"]?.string == "There is no such share")
            }
        }
    }

    @Test func `people share their own devices alone, and see and revoke their own shares alone`() async throws {
        let hub = try await RunningHub.shared.hub()
        let sharing = try await Sharing.start(on: hub)
        let other = try await TestPerson.register(on: hub.address)
        try await sharing.circle.admit(other)
        let body = #"{"deviceId":"\#(sharing.device)","seconds":60}"#
        #expect(try await other.post("/api/v1/shares", body).status == 404)
        #expect(try await other.delete("/api/v1/shares/\(sharing.id)").status == 404)
        #expect(try await other.get("/api/v1/shares").json["shares"]?.array?.isEmpty == true)
        for (method, path) in [("POST", "/api/v1/shares"), ("GET", "/api/v1/shares")] {
            let content = method == "POST" ? body : nil
            #expect(try await hub.address.request(method, path, body: content, key: .some(nil)).status == 401)
            #expect(try await hub.address.request(method, path, body: content).status == 403)
        }
        #expect(try await sharing.view().status == 200)
        let list = try await sharing.person.get("/api/v1/shares")
        #expect(list.json["shares"]?.array?.compactMap { $0["id"]?.string } == [sharing.id])
        #expect(!list.text.contains(sharing.token))
        try await sharing.revoke()
        #expect(try await sharing.person.delete("/api/v1/shares/\(sharing.id)").status == 404)
        #expect(try await hub.audit(of: sharing.id) == ["createShare done", "revokeShare done"])
    }

    @Test(arguments: [
        (#"{}"#, ["deviceId", "seconds"]), (#"{"deviceId":"x","seconds":60}"#, ["deviceId"]),
        (#"{"deviceId":"D","seconds":59}"#, ["seconds"]), (#"{"deviceId":"D","seconds":604801}"#, ["seconds"]),
        (#"{"deviceId":"D","seconds":60,"until":"2030-01-01T00:00:00Z"}"#, ["until"]),
        (#"{"deviceId":"D","until":"tomorrow"}"#, ["until"]),
        (#"{"deviceId":"D","until":"2020-01-01T00:00:00Z"}"#, ["until"]),
    ])
    func `bad wishes are named`(body: String, fields: [String]) async throws {
        let hub = try await RunningHub.shared.hub()
        let person = try await TestPerson.register(on: hub.address)
        let answer = try await person.post(
            "/api/v1/shares", body.replacing(#""D""#, with: #""\#(DeviceID.random())""#))
        #expect(answer.status == 400 && answer.wrongFields.sorted() == fields)
    }

    @Test func `a share ends when it was said, and there are so many at most`() async throws {
        let hub = try await RunningHub.shared.hub()
        let sharing = try await Sharing.start(on: hub)
        let until = Timestamp.now.advanced(by: .seconds(7 * 86_400 - 60))
        let second = try await sharing.person.post(
            "/api/v1/shares", #"{"deviceId":"\#(sharing.device)","until":"\#(until.rfc3339)"}"#)
        #expect(second.status == 201 && second.json["expiresAt"]?.string == until.rfc3339)
        let body = #"{"deviceId":"\#(sharing.device)","seconds":604800}"#
        for _ in 0..<18 { #expect(try await sharing.person.post("/api/v1/shares", body).status == 201) }
        #expect(try await sharing.person.post("/api/v1/shares", body).status == 409)
        try await sharing.revoke()
        #expect(try await sharing.person.post("/api/v1/shares", body).status == 201)
    }

    @Test func `views are counted by address`() async throws {
        try await RunningHub.with { configuration in
            configuration.security.ratePolicies =
                RunningHub.unlimited.filter { $0.name != "share" } + [
                    RatePolicy("share", 2, per: .seconds(60), by: .address)
                ]
        } _: { hub in
            let sharing = try await Sharing.start(on: hub)
            for _ in 0..<2 { #expect(try await sharing.view().status == 200) }
            #expect(try await sharing.view().status == 429)
        }
    }
}
