import EventLoop
import FeatureKit
import HTTP
import HubTesting
import Model
import Telemetry
import Testing
import Wire

enum ClientOriginOf {
    static let loopback = ClientOrigin(address: .loopback, isSecure: false)
}

/// What requests are counted by, and what a client sees of it (story 4.2).
@Suite(.timeLimit(.minutes(3)))
struct RateLimitTests {
    private static let minute = Duration.seconds(60)
    private static let device = "0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b30"
    private static let otherDevice = "0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b31"

    private static let routes: [Route] = [
        .plain(.get, "/api/v1/keys", callers: .apiKey), .plain(.get, "/api/v1/admin", callers: .admin),
        .plain(.get, "/api/v1/open"), .plain(.get, "/health", isProbe: true),
        .plain(.get, "/api/v1/exports", callers: .apiKey, policies: ["exports"]),
        .plain(.get, "/api/v1/both", callers: .apiKey, policies: ["exports", "burst"]),
        .plain(.get, "/api/v1/twice", callers: .apiKey, policies: ["exports", "exports"]),
        .plain(.get, "/api/v1/devices/{deviceId}", callers: .apiKey, policies: ["ingest"]),
        .plain(.get, "/api/v1/ingest", callers: .apiKey, policies: ["ingest"]),
    ]

    private static func policies(key: Int = 0, admin: Int = 0, address: Int = 0) -> [RatePolicy] {
        [
            RatePolicy("key", key, per: minute, by: .key), RatePolicy("admin", admin, per: minute, by: .key),
            RatePolicy("ip", address, per: minute, by: .address),
            RatePolicy("exports", 2, per: .seconds(3600), by: .key),
            RatePolicy("burst", 1, per: .seconds(1), by: .key), RatePolicy("ingest", 1, per: minute, by: .device),
        ]
    }

    private static func run(
        _ policies: [RatePolicy], proxies: TrustedProxies = .none,
        _ body: @Sendable (DispatcherUnderTest, ShiftedGate) async throws -> Void
    ) async throws {
        let metrics = MetricsRegistry()
        let gate = ShiftedGate(policies, metrics: metrics)
        try await DispatcherUnderTest.run(routes, gate: gate, proxies: proxies, metrics: metrics) {
            try await body($0, gate)
        }
    }

    private static let good = ["X-API-Key: good"]

    @Test func `a key's hundred a minute pass, and the next is refused with the documented body`() async throws {
        try await Self.run(Self.policies(key: 100)) { hub, _ in
            for number in 1...100 {
                let answer = try await hub.ask("GET /api/v1/keys", Self.good)
                #expect(answer.status == 200)
                #expect(answer["RateLimit-Policy"] == #""key";q=100;w=60"#)
                #expect(answer["RateLimit"]?.hasPrefix(#""key";r=\#(100 - number);t="#) == true)
                #expect(answer["Retry-After"] == nil)
            }
            let refusal = try await hub.ask("GET /api/v1/keys", Self.good + ["X-Request-ID: r1"])
            #expect(refusal.status == 429)
            #expect(refusal["Content-Type"] == "application/problem+json")
            let seconds = try #require(refusal["Retry-After"].flatMap { Int($0) })
            #expect((59...60).contains(seconds))
            #expect(refusal["RateLimit"] == "\"key\";r=0;t=\(seconds)")
            #expect(refusal["RateLimit-Policy"] == #""key";q=100;w=60"#)
            #expect(
                refusal.body
                    == #"{"type":"about:blank","title":"Rate limit exceeded","status":429,"error":"rate_limit_exceeded","#
                    + #""message":"Rate limit of 100 requests/minute exceeded","requestId":"r1","retryAfter":\#(seconds)}"#
            )
            #expect(refusal["X-Content-Type-Options"] == "nosniff")
            #expect(refusal["X-Frame-Options"] == "DENY")
            // A page may read why.
            let page = try await hub.ask("GET /api/v1/keys", Self.good + ["Origin: https://app"])
            #expect(page.status == 429 && page["Access-Control-Allow-Origin"] == "https://app")
            #expect(page["Access-Control-Expose-Headers"]?.contains("Retry-After") == true)
            #expect(hub.metrics.render().contains(#"hub_rate_limited_total{policy="key"} 2"#))
        }
    }

    @Test func `who waits as long as told passes`() async throws {
        try await Self.run(Self.policies(key: 2)) { hub, gate in
            for status in [200, 200, 429] {
                try await #expect(hub.ask("GET /api/v1/keys", Self.good).status == status)
            }
            let seconds = try await #require(hub.ask("GET /api/v1/keys", Self.good)["Retry-After"].flatMap { Int($0) })
            gate.advance(by: .seconds(seconds))
            try await #expect(hub.ask("GET /api/v1/keys", Self.good).status == 200)
        }
    }

    @Test func `nothing is told where there is no limit`() async throws {
        try await Self.run(Self.policies()) { hub, _ in
            for _ in 0..<20 {
                let answer = try await hub.ask("GET /api/v1/keys", Self.good)
                #expect(answer.status == 200)
                #expect(answer["RateLimit"] == nil && answer["RateLimit-Policy"] == nil)
            }
        }
    }

    @Test func `an admin's key is counted by its own policy, and forbidden calls count as well`() async throws {
        try await Self.run(Self.policies(key: 2, admin: 3)) { hub, _ in
            let admin = ["X-API-Key: admin"]
            for status in [200, 200, 200, 429] {
                let answer = try await hub.ask("GET /api/v1/admin", admin)
                #expect(answer.status == status)
                #expect(answer["RateLimit-Policy"] == #""admin";q=3;w=60"#)
            }
            for status in [403, 403, 429] {
                try await #expect(hub.ask("GET /api/v1/admin", Self.good).status == status)
            }
        }
    }

    @Test func `guesses of keys, unknown paths and other methods are counted by address before anything else`()
        async throws
    {
        try await Self.run(Self.policies(key: 100, address: 6)) { hub, _ in
            let questions: [(String, [String], Int)] = [
                ("GET /api/v1/keys", ["X-API-Key: guess"], 401), ("GET /nothing", [], 404), ("GET /api/keys", [], 301),
                ("PUT /api/v1/keys", [], 405), ("OPTIONS /api/v1/keys", [], 204), ("GET /api/v1/open", [], 200),
            ]
            for (number, (line, fields, status)) in questions.enumerated() {
                let answer = try await hub.ask(line, fields)
                #expect(answer.status == status, "\(line)")
                #expect(answer["RateLimit"]?.hasPrefix(#""ip";r=\#(5 - number);"#) == true, "\(line)")
            }
            for (line, fields, _) in questions {
                let answer = try await hub.ask(line, fields)
                #expect(answer.status == 429, "\(line)")
                #expect(answer["Retry-After"] != nil)
            }
            // Even a good key waits; what watches over the hub does not.
            let answer = try await hub.ask("GET /api/v1/keys", Self.good)
            #expect(answer.status == 429)
            #expect(answer["RateLimit"]?.hasPrefix(#""ip""#) == true && answer["RateLimit"]?.contains("key") == false)
            for _ in 0..<20 {
                let health = try await hub.ask("GET /health")
                #expect(health.status == 200)
                #expect(health["RateLimit"] == nil)
            }
            #expect(hub.metrics.render().contains(#"hub_rate_limited_total{policy="ip"} 7"#))
        }
    }

    @Test func `both the address's and the key's standing are told`() async throws {
        try await Self.run(Self.policies(key: 5, address: 9)) { hub, _ in
            let answer = try await hub.ask("GET /api/v1/keys", Self.good)
            #expect(answer["RateLimit-Policy"] == #""ip";q=9;w=60, "key";q=5;w=60"#)
            let standings = answer["RateLimit"]?.split(separator: ", ").map { $0.prefix { $0 != "t" } }
            #expect(standings == [#""ip";r=8;"#, #""key";r=4;"#])
        }
    }

    @Test func `a route's own policy replaces the general one`() async throws {
        try await Self.run(Self.policies(key: 1)) { hub, gate in
            for status in [200, 200, 429] {
                let answer = try await hub.ask("GET /api/v1/exports", Self.good)
                #expect(answer.status == status)
                #expect(answer["RateLimit-Policy"] == #""exports";q=2;w=3600"#)
                if status == 429 {
                    #expect(
                        answer.json?["message"]?.string == "Rate limit of 2 requests/hour exceeded")
                }
            }
            try await #expect(hub.ask("GET /api/v1/keys", Self.good).status == 200)
            try await #expect(hub.ask("GET /api/v1/keys", Self.good).status == 429)
            // Of two policies each must let it pass.
            gate.advance(by: .seconds(4000))
            try await #expect(hub.ask("GET /api/v1/both", Self.good).status == 200)
            let second = try await hub.ask("GET /api/v1/both", Self.good)
            #expect(second.status == 429 && second["RateLimit"]?.contains(#""burst";r=0"#) == true)
        }
    }

    @Test(arguments: [0, 9]) func `a policy that counts a request twice is told of once`(address: Int) async throws {
        try await Self.run(Self.policies(address: address)) { hub, _ in
            let before = address == 0 ? "" : #""ip";q=9;w=60, "#
            let answer = try await hub.ask("GET /api/v1/twice", Self.good)
            #expect(answer.status == 200 && answer["RateLimit-Policy"] == before + #""exports";q=2;w=3600"#)
            #expect(answer["RateLimit"]?.contains(#""exports";r=0;"#) == true)
        }
    }

    @Test func `a policy by device counts each device that is named`() async throws {
        try await Self.run(Self.policies()) { hub, _ in
            for (path, status) in [
                ("/api/v1/devices/\(Self.device)", 200), ("/api/v1/devices/\(Self.device)", 429),
                ("/api/v1/devices/\(Self.device.uppercased())", 429), ("/api/v1/devices/\(Self.otherDevice)", 200),
                ("/api/v1/ingest?deviceId=\(Self.device)", 429),
                // Without one, or with nonsense, the key is counted.
                ("/api/v1/ingest", 200), ("/api/v1/ingest?deviceId=1", 429), ("/api/v1/devices/x", 429),
            ] {
                try await #expect(hub.ask("GET \(path)", Self.good).status == status, "\(path)")
            }
        }
    }

    @Test func `what a stranger says of whom it asks for changes nothing`() async throws {
        try await Self.run(Self.policies(address: 2)) { hub, _ in
            for (number, status) in [200, 200, 429, 429].enumerated() {
                let answer = try await hub.ask("GET /api/v1/open", ["X-Forwarded-For: 203.0.113.\(number)"])
                #expect(answer.status == status)
            }
        }
    }

    @Test func `the clients of a trusted proxy are counted apart, by network if they have IPv6`() async throws {
        let proxies = TrustedProxies([AddressBlock("127.0.0.0/8")].compactMap(\.self))
        try await Self.run(Self.policies(address: 1), proxies: proxies) { hub, _ in
            for (client, status) in [
                ("203.0.113.1", 200), ("203.0.113.2", 200), ("203.0.113.1", 429), ("1.1.1.1, 203.0.113.1", 429),
                ("2001:db8::1", 200), ("2001:db8::2", 429), ("2001:db8:0:1::1", 200),
            ] {
                let answer = try await hub.ask("GET /api/v1/open", ["X-Forwarded-For: \(client)"])
                #expect(answer.status == status, "\(client)")
            }
        }
    }
}

/// Plain HTTP where HTTPS is asked for (story 4.4).
@Suite(.timeLimit(.minutes(3)))
struct TransportTests {
    private static let routes: [Route] = [
        .plain(.get, "/api/v1/keys", callers: .apiKey), .plain(.get, "/map", callers: .anyone),
        .plain(.get, "/api/health", isProbe: true), .plain(.get, "/metrics", isProbe: true),
        .plain(.get, "/api/v1/stream", callers: .apiKey),
    ]
    private static let proxies = TrustedProxies([AddressBlock("127.0.0.1")].compactMap(\.self))

    @Test(arguments: [
        ("GET /api/v1/keys", 403), ("POST /api/v1/keys", 403), ("GET /api/keys", 403), ("GET /api", 403),
        ("OPTIONS /api/v1/keys", 403), ("GET /api/v1/nothing", 403), ("POST /map", 403), ("GET /api/v1/stream", 403),
        ("GET /api/health", 200), ("GET /metrics", 200),
    ])
    func `is refused to calls and served to probes`(line: String, status: Int) async throws {
        try await DispatcherUnderTest.run(Self.routes, transport: .secureOnly) { hub in
            let answer = try await hub.ask(line, ["X-API-Key: good"])
            #expect(answer.status == status)
            if status == 403 {
                #expect(answer.json?["error"]?.string == "forbidden")
                #expect(answer.json?["message"]?.string == "This hub takes API calls over HTTPS only")
            }
            #expect(answer["Strict-Transport-Security"] == nil)
        }
    }

    @Test(arguments: [
        ("hub.example", "/map", "https://hub.example/map"),
        ("hub.example:8080", "/map?a=b%20c", "https://hub.example/map?a=b%20c"),
        ("[::1]:8080", "/other", "https://[::1]/other"), ("[::1]", "/", "https://[::1]/"),
    ])
    func `leads a page to HTTPS`(host: String, path: String, location: String) async throws {
        try await DispatcherUnderTest.run(Self.routes, transport: .secureOnly) { hub in
            for method in ["GET", "HEAD"] {
                let answer = try await hub.ask("\(method) \(path)", host: host)
                #expect(answer.status == 301)
                #expect(answer["Location"] == location)
                #expect(answer["X-Content-Type-Options"] == "nosniff")
            }
        }
    }

    @Test func `is what a trusted proxy says it is`() async throws {
        try await DispatcherUnderTest.run(Self.routes, proxies: Self.proxies, transport: .secureOnly) { hub in
            let secure = try await hub.ask("GET /api/v1/keys", ["X-API-Key: good", "X-Forwarded-Proto: https"])
            #expect(secure.status == 200)
            #expect(secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains")
            let plain = try await hub.ask("GET /api/v1/keys", ["X-API-Key: good", "X-Forwarded-Proto: http"])
            #expect(plain.status == 403)
        }
        try await DispatcherUnderTest.run(Self.routes, transport: .secureOnly) { hub in
            let forged = try await hub.ask("GET /api/v1/keys", ["X-API-Key: good", "X-Forwarded-Proto: https"])
            #expect(forged.status == 403)
            #expect(forged["Strict-Transport-Security"] == nil)
        }
    }

    @Test func `is answered like everything else where it is not refused`() async throws {
        try await DispatcherUnderTest.run(Self.routes) { hub in
            try await #expect(hub.ask("GET /api/v1/keys", ["X-API-Key: good"]).status == 200)
        }
    }
}
