import Configuration
import Crypto
import EventLoop
import HTTP
import Hub
import HubTesting
import Model
import Testing
import WebSocket
import Wire

/// Rate limits of a whole hub (story 4.2; rule 10 of the contract).
@Suite(.timeLimit(.minutes(2)))
struct RateLimitTests {
    @Test func `a key's limit is the hub's, however many loops its connections are on`() async throws {
        let configure: @Sendable (inout HubConfiguration) -> Void = { $0.security.keyRatePerMinute = 100 }
        try await RunningHub.with(configure) { hub in
            let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                // So many connections that both loops have some.
                for _ in 0..<20 {
                    group.addTask {
                        let connection = try await RawConnection.connect(port: hub.address.port)
                        var statuses: [Int] = []
                        let head =
                            "GET /api/v1/devices?groupId=x1 HTTP/1.1\r\nHost: a\r\nX-API-Key: \(hub.address.key ?? "")\r\n\r\n"
                        for _ in 0..<12 {
                            await connection.send(head)
                            statuses.append(try await connection.answer().status)
                        }
                        await connection.close()
                        return statuses
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(statuses.count { $0 == 200 } == 100)
            #expect(statuses.count { $0 == 429 } == 140)
            let metrics = try await hub.address.get("/metrics").text
            #expect(metrics.contains(#"hub_rate_limited_total{policy="key"} 140"#))
        }
    }

    @Test func `guessing keys is stopped by the address, and probes are answered all the same`() async throws {
        let configure: @Sendable (inout HubConfiguration) -> Void = { $0.security.addressRatePerMinute = 20 }
        try await RunningHub.with(configure) { hub in
            for number in 1...20 {
                let answer = try await hub.address.request(
                    "GET", "/api/v1/devices?groupId=x1", key: "pm_guess\(number)")
                #expect(answer.status == 401)
                #expect(answer["RateLimit"]?.hasPrefix(#""ip";r=\#(20 - number);t="#) == true)
            }
            for answer in [
                try await hub.address.request("GET", "/api/v1/devices?groupId=x1", key: "pm_guess"),
                try await hub.address.get("/api/v1/devices?groupId=x1"), try await hub.address.get("/nothing"),
                try await RawStream.handshake(hub.address),
            ] {
                #expect(answer.status == 429)
                #expect(answer.error == "rate_limit_exceeded")
                #expect(answer.json["message"] == .string("Rate limit of 20 requests/minute exceeded"))
                let seconds = try #require(answer["Retry-After"].flatMap { Int($0) })
                #expect((1...64).contains(seconds))
                #expect(answer.json["retryAfter"] == .integer(Int64(seconds)))
                #expect(answer["X-Content-Type-Options"] == "nosniff")
            }
            for path in ["/api/health", "/api/health/live", "/api/health/ready", "/health", "/ready", "/metrics"] {
                let answer = try await hub.address.probe(path)
                #expect(answer["RateLimit"] == nil)
            }
        }
    }

    @Test func `to open a stream is a request of the key, and an admin's key has a limit of its own`() async throws {
        let configure: @Sendable (inout HubConfiguration) -> Void = {
            $0.security.keyRatePerMinute = 2
            $0.security.adminRatePerMinute = 3
        }
        try await RunningHub.with(configure) { hub in
            for _ in 0..<2 { await (try TestClient.connect(hub.address)).close() }
            let refusal = await #expect(throws: WebSocketClientError.self) { try await TestClient.connect(hub.address) }
            guard case .refused(429, let headers, _) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(headers["Retry-After"] != nil)
            var admin = hub.address
            admin.key = try await RunningHub.makeKey("admin", isAdmin: true, in: hub.keys).text
            for status in [200, 200, 200, 429] {
                #expect(try await admin.get("/api/v1/devices?groupId=x1").status == status)
            }
        }
    }

    @Test func `limits change while the hub runs, for requests and for streams that are open`() async throws {
        try await RunningHub.with { hub in
            let device = try await hub.address.register(in: .fresh())
            let client = try await TestClient.connect(hub.address, as: device)
            #expect(client.welcome.limits.locationsPerSecond == 0)
            var security = SecurityConfiguration()
            security.keyRatePerMinute = 1
            security.addressRatePerMinute = 0
            security.streamLocationsPerSecond = 1
            await hub.hub.apply(security)
            #expect(try await hub.address.get("/api/v1/devices?groupId=x1").status == 200)
            #expect(try await hub.address.get("/api/v1/devices?groupId=x1").status == 429)
            let fixes = Fix.samples(2)
            await client.sendTogether(fixes.map { .location($0) })
            #expect(try await client.failure().code == .rateLimitExceeded)
            security.keyRatePerMinute = 0
            security.streamLocationsPerSecond = 0
            await hub.hub.apply(security)
            #expect(try await hub.address.get("/api/v1/devices?groupId=x1").status == 200)
            await client.close()
        }
    }
}

/// How many location messages a device may send (rule 10 of the contract).
@Suite(.timeLimit(.minutes(2)))
struct LocationRateTests {
    private static let three: @Sendable (inout HubConfiguration) -> Void = { $0.security.streamLocationsPerSecond = 3 }

    @Test(arguments: [false, true])
    func `one too many is refused, the connection stays, and later ones pass`(isPacked: Bool) async throws {
        try await RunningHub.with(Self.three) { hub in
            let device = try await hub.address.register(in: .fresh())
            let client =
                isPacked
                ? try await TestClient.connectPacked(hub.address, as: device)
                : try await TestClient.connect(hub.address, as: device)
            #expect(client.welcome.limits.locationsPerSecond == 3)
            let fixes = Fix.samples(5)
            await client.sendTogether(fixes.map { .location($0) })
            var acked: Set<Int64> = []
            var refused: Set<Int64> = []
            while acked.count + refused.count < 5 {
                switch try await client.next() {
                case .fixesStored(let re?, 1): acked.insert(re)
                case .error(let failure):
                    #expect(failure.code == .rateLimitExceeded)
                    #expect(failure.message == "Rate limit of 3 location messages/second exceeded")
                    #expect(failure.retryAfter == 1)
                    refused.insert(try #require(failure.re))
                default: break
                }
            }
            // They came in one read, and the first ones count.
            #expect(acked == [0, 1, 2] && refused == [3, 4])
            #expect(try await hub.stored(device) == fixes.prefix(3).map(\.capturedAt.milliseconds))
            // What is no location is not counted, and a message that waited as told passes.
            try await client.settle()
            try await Support.eventually("a location is taken again") {
                try await client.ask(.location(fixes[4])).isAck
            }
            #expect(try await hub.stored(device).count == 4)
            #expect(try await hub.address.get("/metrics").text.contains(#"hub_rate_limited_total{policy="stream"} "#))
            await client.close()
        }
    }

    @Test func `a batch counts as one message, and all sessions of a device together`() async throws {
        try await RunningHub.with(Self.three) { hub in
            let group = GroupID.fresh()
            let device = try await hub.address.register(in: group)
            let other = try await hub.address.register(in: group)
            let clients = [
                try await TestClient.connect(hub.address, as: device),
                try await TestClient.connect(hub.address, as: device),
            ]
            let fixes = Fix.samples(60)
            await clients[0].sendTogether([.locations(Array(fixes[..<50])), .location(fixes[50])])
            for _ in 0..<2 { _ = try await clients[0].first { $0.isAck ? true : nil } }
            await clients[1].sendTogether(fixes[51...].map { .location($0) })
            #expect(try await clients[1].failure().code == .rateLimitExceeded)
            // Another device is not concerned.
            let neighbour = try await TestClient.connect(hub.address, as: other)
            #expect(try await neighbour.ask(.location(.sample())).isAck)
            for client in clients + [neighbour] { await client.close() }
        }
    }
}

extension TestClient {
    /// Sends messages in one turn, with the ids from 0 on, so that the hub most likely reads them at once.
    func sendTogether(_ messages: [ClientMessage]) async {
        let frames = encoded(messages)
        let connection = connection
        await connection.loop.run {
            for frame in frames {
                switch frame {
                case .text(let bytes): connection.send(text: bytes)
                case .binary(let bytes): connection.send(binary: bytes)
                }
            }
        }
    }
}
