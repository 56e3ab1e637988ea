import Configuration
import Crypto
import HTTP
import Model
import Persistence
import Testing
import WebSocket
import Wire

/// Who is let in, and what those get who are not (story 1.4).
@Suite(.timeLimit(.minutes(2)))
struct AdmissionTests {
    @Test func `every route refuses a stranger but those that are for everybody`() async throws {
        let hub = try await RunningHub.shared.address()
        let document = try await hub.request("GET", "/api/v1/openapi.json", key: .some(nil))
        #expect(document.status == 200)
        #expect(document.json["openapi"]?.string?.hasPrefix("3.1") == true)
        guard case .object(let paths)? = document.json["paths"] else {
            Issue.record("the document has no paths")
            return
        }
        let open: Set = [
            "get /api/v1/openapi.json", "get /api/health", "get /health", "get /api/health/live",
            "get /api/health/ready",
            "get /ready", "get /metrics",
            "post /api/v1/auth/register", "post /api/v1/auth/login", "post /api/v1/auth/refresh",
            "post /api/v1/auth/forgot-password", "post /api/v1/auth/reset-password", "post /api/v1/auth/verify-email",
            "get /.well-known/jwks.json", "get /api/v1/auth/providers",
            "get /", "get /join/{code}", "get /s/{token}", "get /reset-password", "get /verify-email",
            "get /app/{version}/{name}", "get /admin", "get /sign-in/callback",
            "get /api/v1/travel/outlines", "get /docs", "get /docs/stream", "get /docs/{version}/{name}",
            // Whoever has the link.
            "get /api/v1/shares/view/{token}", "get /api/v1/shares/view/{token}/events",
        ]
        // For everybody, but who says that they are somebody has to be.
        let optional: Set = [
            "post /api/v1/auth/providers/{name}/begin", "post /api/v1/auth/providers/{name}/complete",
        ]
        var refused = 0
        for path in paths {
            guard case .object(let operations) = path.value else { continue }
            for operation in operations where operation.name != "parameters" {
                let target = path.name.replacing(/\{[A-Za-z]+\}/, with: "\(DeviceID.random())")
                let name = "\(operation.name) \(path.name)"
                for key in [nil, "", "pm_" + String(repeating: "x", count: 45), String(repeating: "k", count: 5000)] {
                    let isOpen = open.contains(name) || key == nil && optional.contains(name)
                    let answer = try await hub.request(operation.name.uppercased(), target, body: "{}", key: .some(key))
                    #expect((answer.status == 401) == !isOpen, "\(operation.name) \(path.name) \(answer.status)")
                    refused += answer.status == 401 ? 1 : 0
                }
            }
        }
        #expect(refused >= 7 * 4, "the document names \(refused / 4) routes that ask for a key")
    }

    @Test func `a refusal of credentials has exactly the documented members`() async throws {
        let hub = try await RunningHub.shared.hub()
        let past = Timestamp.now.advanced(by: .seconds(-1))
        let expired = try await RunningHub.makeKey("expired", expiresAt: past, in: hub.keys)
        let revoked = try await RunningHub.makeKey("revoked", in: hub.keys)
        _ = try await hub.keys.revoke(idOrPrefix: revoked.prefix, at: .now)
        for key in [nil, "", "wrong", expired.text, revoked.text] {
            var address = hub.address
            address.key = key
            let answers = [
                try await address.get("/api/v1/devices?groupId=x1"), try await RawStream.handshake(address),
                try await address.post(BadUploadTests.one, "{}"),
            ]
            for answer in answers {
                #expect(answer.status == 401)
                #expect(answer["Content-Type"] == "application/problem+json")
                #expect(answer["WWW-Authenticate"]?.isEmpty == false)
                guard case .object(let members) = answer.json else {
                    Issue.record("no object: \(answer.text)")
                    continue
                }
                #expect(
                    members.map(\.name).sorted() == ["error", "message", "requestId", "status", "title", "type"])
                #expect(answer.json["error"] == .string("unauthorized"))
                #expect(answer.json["message"] == .string("Invalid or missing API key"))
                #expect(answer.json["title"] == .string("Unauthorized"))
                #expect(answer.json["status"] == .integer(401))
                #expect(answer.json["requestId"]?.string == answer["X-Request-ID"])
            }
        }
    }

    @Test func `the use of a key is noted`() async throws {
        // The shared hub's upkeep does not run; this one's does.
        try await RunningHub.with { hub in
            let secret = try await RunningHub.makeKey("used", in: hub.keys)
            var address = hub.address
            address.key = secret.text
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 200)
            try await Support.eventually("the key's use is noted") {
                try await hub.keys.list().first { $0.name == "used" }?.lastUsedAt != nil
            }
        }
    }

    @Test func `a device that was never registered cannot open the stream`() async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await refusal(hub, query: "deviceId=\(DeviceID.random())")
        #expect(answer.status == 404)
        #expect(answer.json["error"] == .string("not_found"))
        #expect(answer.json["message"] == .string("Device not found. Please register first."))
    }

    @Test func `a deactivated device cannot open the stream`() async throws {
        let hub = try await RunningHub.shared.address()
        let device = try await hub.register(in: .fresh())
        #expect(try await hub.request("DELETE", "/api/v1/devices/\(device)").status == 204)
        #expect(try await refusal(hub, query: "deviceId=\(device)").status == 404)
    }

    @Test(arguments: ["deviceId=", "deviceId=7", "deviceId=0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3"])
    func `a deviceId that is no UUID is a validation error`(query: String) async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await refusal(hub, query: query)
        #expect(answer.status == 400)
        #expect(answer.json["error"] == .string("validation_error"))
        #expect(answer.json["details"]?.array?.first?["field"] == .string("deviceId"))
    }

    @Test func `a page of a foreign origin cannot open the stream`() async throws {
        let hub = try await RunningHub.shared.address()
        let foreign = try await RawStream.handshake(hub, headers: [("Origin", "https://evil.example")])
        #expect(foreign.status == 403)
        #expect(foreign.error == "forbidden")
        let null = try await RawStream.handshake(hub, headers: [("Origin", "null")])
        #expect(null.status == 403)
        let own = try await RawStream.handshake(hub, headers: [("Origin", "http://127.0.0.1:\(hub.port)")])
        #expect(own.status == 101)
    }

    @Test func `an origin the operator allows can open the stream`() async throws {
        try await RunningHub.with {
            $0.security.streamOrigins = ["https://map.example"]
        } _: { hub in
            let allowed = try await RawStream.handshake(hub.address, headers: [("Origin", "https://map.example")])
            #expect(allowed.status == 101)
            let other = try await RawStream.handshake(hub.address, headers: [("Origin", "https://map.example.evil")])
            #expect(other.status == 403)
        }
    }

    // MARK: Tickets

    @Test func `a ticket opens the stream once`() async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh()
        let device = try await hub.register(in: group)
        let answer = try await hub.post("/api/v1/stream/tickets", #"{"deviceId":"\#(device)"}"#)
        #expect(answer.status == 200)
        let ticket = try #require(answer.json["ticket"]?.string)
        let expiry = try #require(answer.json["expiresAt"]?.string.flatMap { Timestamp(rfc3339: $0) })
        #expect(Timestamp.now.duration(to: expiry) <= .seconds(30))
        #expect(Timestamp.now.duration(to: expiry) > .zero)

        var keyless = hub
        keyless.key = nil
        let other = try await refusal(keyless, query: "ticket=\(ticket)x")
        #expect(other.status == 401)
        let client = try await TestClient.connect(keyless, query: "ticket=\(ticket)")
        #expect(client.welcome.device == device)
        #expect(client.welcome.group == group)
        #expect(try await client.ask(.location(.sample())).isAck)
        let again = try await refusal(keyless, query: "ticket=\(ticket)")
        #expect(again.status == 401)
        #expect(again.json["error"] == .string("unauthorized"))
        await client.close()
    }

    @Test func `one of many who bring the same ticket at once gets in`() async throws {
        let hub = try await RunningHub.shared.address()
        let ticket = try #require(try await hub.post("/api/v1/stream/tickets", "{}").json["ticket"]?.string)
        var keyless = hub
        keyless.key = nil
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { [keyless] in
                    try await RawStream.handshake(keyless, query: "?ticket=\(ticket)").status
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }.sorted()
        }
        #expect(statuses == [101] + [Int](repeating: 401, count: 7))
    }

    @Test func `a ticket is for the device it names`() async throws {
        let hub = try await RunningHub.shared.address()
        let (device, other) = (try await hub.register(in: .fresh()), try await hub.register(in: .fresh()))
        let unknown = try await hub.post("/api/v1/stream/tickets", #"{"deviceId":"\#(DeviceID.random())"}"#)
        #expect(unknown.status == 404)
        let answer = try await hub.post("/api/v1/stream/tickets", #"{"deviceId":"\#(device)"}"#)
        let ticket = try #require(answer.json["ticket"]?.string)
        var keyless = hub
        keyless.key = nil
        let refused = try await refusal(keyless, query: "ticket=\(ticket)&deviceId=\(other)")
        #expect(refused.status == 403)
    }

    // MARK: Revocation

    @Test func `a revoked key closes its sessions and opens none`() async throws {
        try await RunningHub.with { hub in
            let secret = try await RunningHub.makeKey("short-lived", in: hub.keys)
            var address = hub.address
            address.key = secret.text
            let device = try await address.register(in: .fresh())
            let client = try await TestClient.connect(address, as: device)
            let watcher = try await TestClient.connect(address)
            let bystander = try await TestClient.connect(hub.address)
            _ = try await hub.keys.revoke(idOrPrefix: secret.prefix, at: .now)
            for session in [client, watcher] {
                let ending = try await session.ended()
                #expect(ending.code == 1008)
                #expect(ending.reason == "credentials revoked")
            }
            #expect(try await refusal(address, query: "deviceId=\(device)").status == 401)
            try await bystander.settle()
            await bystander.close()
        }
    }

    /// How the hub refuses to open the stream.
    private func refusal(_ hub: HubAddress, query: String) async throws -> (status: Int, json: JSONValue) {
        do throws(WebSocketClientError) {
            let client = try await connect(hub, query)
            await client.close()
            throw WebSocketClientError.closed
        } catch {
            guard case .refused(let status, let headers, let body) = error else { throw error }
            #expect(headers["Content-Type"] == "application/problem+json")
            return (status, (try? JSONValue(body)) ?? .null)
        }
    }

    private func connect(_ hub: HubAddress, _ query: String) async throws(WebSocketClientError) -> TestClient {
        do {
            return try await TestClient.connect(hub, query: query)
        } catch let error as WebSocketClientError {
            throw error
        } catch {
            throw .invalidAnswer("\(error)")
        }
    }
}
