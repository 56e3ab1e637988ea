import EventLoop
import FeatureKit
import HTTP
import HubTesting
import Model
import Telemetry
import Testing
import Wire

@Suite(.timeLimit(.minutes(3)))
struct CallerTests {
    private static let routes: [Route] = [
        .plain(.get, "/api/v1/open"), .plain(.get, "/api/v1/keys", callers: .apiKey),
        .plain(.delete, "/api/v1/keys", callers: .admin), .plain(.get, "/api/v1/users", callers: [.user, .admin]),
    ]

    @Test func `every route that is not everybody's refuses a stranger`() async throws {
        try await DispatcherUnderTest.run(CallerTests.routes) { hub in
            for route in hub.table.routes {
                let answer = try await hub.ask("\(route.method.rawValue) \(route.path)")
                #expect(answer.status == (route.callers.contains(.anyone) ? 200 : 401), "\(route.path)")
            }
        }
    }

    @Test(arguments: [[], ["X-API-Key: unknown"]])
    func `without a known key the answer is that of story 1_4`(fields: [String]) async throws {
        try await DispatcherUnderTest.run(CallerTests.routes) { hub in
            let answer = try await hub.ask("GET /api/v1/keys", fields)
            #expect(answer.status == 401)
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(answer["WWW-Authenticate"] == #"ApiKey realm="presence-hub""#)
            #expect(answer.json?["error"]?.string == "unauthorized")
            #expect(answer.json?["message"]?.string == "Invalid or missing API key")
            #expect(answer.json?["requestId"]?.string == answer["X-Request-ID"])
        }
    }

    @Test func `a known key without the right is forbidden, an admin's has every key's`() async throws {
        try await DispatcherUnderTest.run(CallerTests.routes) { hub in
            try await #expect(hub.ask("GET /api/v1/keys", ["X-API-Key: good"]).status == 200)
            try await #expect(hub.ask("GET /api/v1/keys", ["X-API-Key: slow"]).status == 200)
            try await #expect(hub.ask("DELETE /api/v1/keys", ["X-API-Key: good"]).status == 403)
            try await #expect(hub.ask("DELETE /api/v1/keys", ["X-API-Key: admin"]).status == 200)
            try await #expect(hub.ask("GET /api/v1/users", ["X-API-Key: good"]).status == 403)
            try await #expect(hub.ask("GET /api/v1/keys", ["X-API-Key: admin"]).status == 200)
        }
    }
}

/// An error of a handler's that is no problem.
private struct Mishap: Error {
    let secret = "row 17"
}

@Suite(.timeLimit(.minutes(3)))
struct HandlerTests {
    @Test func `all three shapes answer, on the connection's loop`() async throws {
        let routes: [Route] = [
            .plain(.get, "/now/{a}/{b}", handler: .immediate { .text("\($0.loop.isCurrent) \($0.parameter("b"))") }),
            .plain(
                .get, "/later/{a}",
                handler: .later { request in
                    let before = request.loop.isCurrent
                    await Task.yield()
                    return .text("\(before) \(request.loop.isCurrent) \(request.parameter("a"))")
                }),
            .plain(
                .get, "/deferred",
                handler: .deferred { request, responder in
                    request.loop.atEndOfTurn { responder.respond(.text("\(request.loop.isCurrent)")) }
                }),
        ]
        try await DispatcherUnderTest.run(routes) { hub in
            try await #expect(hub.ask("GET /now/1/2").body == "true 2")
            try await #expect(hub.ask("GET /later/x%20y").body == "true true x y")
            try await #expect(hub.ask("GET /deferred").body == "true")
        }
    }

    @Test func `a problem becomes a document, whichever shape throws it`() async throws {
        let problem = Problem(
            .groupFull, "Group has reached its limit", details: [.init(field: "groupId", message: "is full")])
        let routes: [Route] = [
            .plain(.get, "/now", handler: .immediate { _ throws(Problem) in throw problem }),
            .plain(.get, "/later", handler: .later { _ in throw problem }),
            .plain(.get, "/deferred", handler: .deferred { $1.fail(problem, for: $0) }),
        ]
        try await DispatcherUnderTest.run(routes) { hub in
            for route in hub.table.routes {
                let answer = try await hub.ask("GET \(route.path)")
                #expect(answer.status == 409)
                #expect(answer.json?["error"]?.string == "group_full")
                #expect(answer.json?["status"]?.integer == 409)
                #expect(answer.json?["details"]?.array?.first?["field"]?.string == "groupId")
            }
        }
    }

    @Test func `an unknown error tells the client nothing and the log what it is`() async throws {
        let routes: [Route] = [.plain(.get, "/later", handler: .later { _ in throw Mishap() })]
        try await DispatcherUnderTest.run(routes) { hub in
            let answer = try await hub.ask("GET /later", ["X-Request-ID: abc"])
            #expect(answer.status == 500)
            #expect(answer.json?["error"]?.string == "internal")
            #expect(!answer.body.contains("Mishap") && !answer.body.contains("row 17"))
            let log = hub.log()
            #expect(log.contains("Mishap") && log.contains(#""request_id":"abc""#))
            #expect(!log.contains("row 17"))
        }
    }

    @Test func `a task whose client has gone is cancelled`() async throws {
        let events = Mailbox<String>()
        let routes: [Route] = [
            .plain(
                .get, "/later",
                handler: .later { _ in
                    events.put("begun")
                    do {
                        try await Task.sleep(for: .seconds(3600))
                    } catch {
                        events.put("cancelled")
                        throw error
                    }
                    return .text("never")
                })
        ]
        try await DispatcherUnderTest.run(routes) { hub in
            let client = try RawClient(port: hub.port)
            client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await events.next() == "begun")
            client.reset()
            #expect(await events.next() == "cancelled")
        }
    }
}

@Suite(.timeLimit(.minutes(3)))
struct DispatcherTests {
    private static let routes: [Route] = [
        .plain(.get, "/api/health"), .plain(.get, "/api/v1/things/{thingId}"),
        .plain(.post, "/api/v1/things", content: RequestContent(.object([])), handler: .immediate { .json($0.body) }),
        .plain(
            .put, "/api/v1/things/{thingId}", content: RequestContent(.object([]), required: false), maximumBody: 1000,
            handler: .immediate { .text("\($0.body.count)") }),
    ]

    @Test func `a sane request id is kept, any other replaced`() async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            try await #expect(hub.ask("GET /api/health", ["X-Request-ID: a-1_~!"])["X-Request-ID"] == "a-1_~!")
            let longest = String(repeating: "x", count: 128)
            try await #expect(hub.ask("GET /api/health", ["X-Request-ID: \(longest)"])["X-Request-ID"] == longest)
            for bad in ["", "with space", longest + "x", "é"] {
                let made = try await hub.ask("GET /api/health", ["X-Request-ID: \(bad)"])["X-Request-ID"] ?? ""
                #expect(made.utf8.count == 36 && made.dropFirst(14).first == "7", "\(bad)")
            }
            let first = try await hub.ask("GET /api/health")["X-Request-ID"]
            try await #expect(hub.ask("GET /api/health")["X-Request-ID"] != first)
        }
    }

    @Test(arguments: [
        ("GET /api/things/1?a=b%20c", 301, "/api/v1/things/1?a=b%20c"), ("HEAD /api/things/1", 301, "/api/v1/things/1"),
        ("POST /api/things", 308, "/api/v1/things"), ("DELETE /api/x/", 308, "/api/v1/x/"),
        ("GET http://hub/api/y?z", 301, "/api/v1/y?z"), ("PATCH /api/things/1?a=b", 308, "/api/v1/things/1?a=b"),
        ("GET /api/v1x", 301, "/api/v1/v1x"), ("GET /api//evil.example", 301, "/api/v1//evil.example"),
        ("GET /api/health/other", 301, "/api/v1/health/other"), ("OPTIONS /api/things", 308, "/api/v1/things"),
    ])
    func `an unversioned path leads to version 1`(line: String, status: Int, location: String) async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            let answer = try await hub.ask(line)
            #expect(answer.status == status)
            #expect(answer["Location"] == location)
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            #expect(answer["X-Request-ID"]?.isEmpty == false)
        }
    }

    @Test(arguments: ["/api", "/api/", "/api/v2/things", "/api/v1/nothing", "/other", "/apix/things"])
    func `what is nowhere is a problem`(path: String) async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            let answer = try await hub.ask("GET \(path)")
            #expect(answer.status == 404)
            #expect(answer.json?["error"]?.string == "not_found")
        }
    }

    @Test func `a second version stands beside the first`() async throws {
        let routes: [Route] = [
            .plain(.get, "/api/v1/things/{thingId}", handler: .immediate { .text("one \($0.parameter("thingId"))") }),
            .plain(.get, "/api/v2/things/{thingId}", handler: .immediate { .text("two \($0.parameter("thingId"))") }),
        ]
        try await DispatcherUnderTest.run(routes) { hub in
            try await #expect(hub.ask("GET /api/v1/things/7").body == "one 7")
            try await #expect(hub.ask("GET /api/v2/things/7").body == "two 7")
            let unversioned = try await hub.ask("GET /api/things/7")
            #expect(unversioned.status == 301 && unversioned["Location"] == "/api/v1/things/7")
            try await #expect(hub.ask("GET /api/v3/things/7").status == 404)
        }
    }

    @Test func `health answers where it is`() async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            try await #expect(hub.ask("GET /api/health").status == 200)
        }
    }

    @Test func `another method is told which there are`() async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            let answer = try await hub.ask("PATCH /api/v1/things/1")
            #expect(answer.status == 405)
            #expect(answer["Allow"] == "GET, HEAD, PUT, OPTIONS")
            #expect(answer.json?["error"]?.string == "method_not_allowed")
            let options = try await hub.ask("OPTIONS /api/v1/things/1")
            #expect(options.status == 204)
            #expect(options["Allow"] == "GET, HEAD, PUT, OPTIONS")
            try await #expect(hub.ask("OPTIONS *")["Allow"]?.contains("DELETE") == true)
        }
    }

    @Test func `a page of an allowed origin may ask and read`() async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            let fields = ["Origin: https://app", "Access-Control-Request-Method: PUT"]
            let preflight = try await hub.ask("OPTIONS /api/v1/things/1", fields)
            #expect(preflight["Access-Control-Allow-Methods"] == "GET, HEAD, PUT, OPTIONS")
            #expect(preflight["Access-Control-Allow-Origin"] == "https://app")
            let answer = try await hub.ask("GET /api/health", ["Origin: https://app"])
            #expect(answer["Access-Control-Allow-Origin"] == "https://app")
            #expect(answer["Access-Control-Expose-Headers"]?.contains("X-Request-ID") == true)
            try await #expect(
                hub.ask("GET /api/health", ["Origin: https://evil"])["Access-Control-Allow-Origin"] == nil)
        }
    }

    @Test func `content must be there, of its type and not too long`() async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            let length = try await hub.ask("POST /api/v1/things")
            #expect(length.status == 411)
            #expect(length.json?["status"]?.integer == 411)
            let type = try await hub.ask(
                "POST /api/v1/things", ["Content-Type: text/plain", "Content-Length: 2"], body: "{}")
            #expect(type.status == 415)
            let json = ["Content-Type: Application/JSON; charset=utf-8", "Content-Length: 2"]
            try await #expect(hub.ask("POST /api/v1/things", json, body: "{}").body == "{}")
            let tooLong = try await hub.ask("POST /api/v1/things", ["Content-Length: 101"])
            #expect(tooLong.status == 413)
            #expect(tooLong["Content-Type"] == "application/problem+json")
            #expect(tooLong.json?["error"]?.string == "payload_too_large")
            let long = String(repeating: "x", count: 1000)
            try await #expect(hub.ask("PUT /api/v1/things/1", ["Content-Length: 1000"], body: long).body == "1000")
            try await #expect(hub.ask("PUT /api/v1/things/1").body == "0")
        }
    }

    @Test func `bytes that are no request are answered with a problem too`() async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            let answer = try await hub.ask("GET /api/v1/things/../health")
            #expect(answer.status == 400)
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(answer.json?["requestId"]?.string == answer["X-Request-ID"])
            #expect(hub.log().contains("request refused"))
        }
    }

    @Test func `ten thousand paths and every method make no more series than a few do`() async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            func series() -> Int { hub.metrics.render().split(separator: "\n").count { !$0.hasPrefix("#") } }
            // Unknown methods end a connection: many connections, each with its own paths.
            for number in 0..<40 {
                _ = try await hub.ask("\(["GET", "PUT", "DELETE", "BREW"][number % 4]) /nowhere/\(number)")
                _ = try await hub.ask("\(["GET", "PUT", "DELETE", "BREW"][number % 4]) /api/v1/things/\(number)")
            }
            let before = series()
            try await hub.loop.offload { [port = hub.port] in
                Result {
                    let client = try RawClient(port: port)
                    for start in stride(from: 0, to: 10_000, by: 10) {
                        for number in start..<start + 10 {
                            let method = ["GET", "PUT", "DELETE"][number % 3]
                            let path = number % 2 == 0 ? "/api/v1/things/\(number)" : "/nowhere/\(number)"
                            client.send("\(method) \(path) HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n")
                        }
                        for _ in 0..<10 { _ = try client.readAnswer() }
                    }
                }
            }.get()
            #expect(series() == before)
            let text = hub.metrics.render()
            #expect(!text.contains("nowhere"))
            #expect(text.contains(#"http_requests_total{method="GET",path="unmatched",status="404"}"#))
            #expect(text.contains(#"hub_http_refusals_total{status="501"} 20"#))
        }
    }

    @Test func `a request is logged and counted by its template, without its query`() async throws {
        try await DispatcherUnderTest.run(DispatcherTests.routes) { hub in
            _ = try await hub.ask("GET /api/v1/things/17?token=private", ["X-Request-ID: id-1"])
            let line = try #require(try? JSONValue(Array(hub.log().utf8.dropLast())))
            #expect(line["method"]?.string == "GET")
            #expect(line["path"]?.string == "/api/v1/things/{thingId}")
            #expect(line["status"]?.integer == 200)
            #expect(line["request_id"]?.string == "id-1")
            #expect(line["duration_ms"]?.double != nil)
            let metrics = hub.metrics.render()
            #expect(
                metrics.contains(
                    #"http_requests_total{method="GET",path="/api/v1/things/{thingId}",status="200"} 1"#))
            #expect(
                metrics.contains(
                    #"http_request_duration_seconds_count{method="GET",path="/api/v1/things/{thingId}"} 1"#))
        }
    }
}

@Suite(.timeLimit(.minutes(3)))
struct StreamedAnswerTests {
    @Test func `what goes wrong before the answer has begun is answered as an error`() async throws {
        let routes: [Route] = [
            .plain(.get, "/problem", handler: .streaming { _, _ in throw Problem.notFound }),
            .plain(.get, "/fault", handler: .streaming { _, _ in throw CancellationError() }),
            .plain(
                .get, "/rows",
                handler: .streaming { _, responder in
                    let writer = responder.startStreaming(HTTPResponse(.ok), length: 4)
                    for row in ["a\n", "b\n"] {
                        writer.write(Array(row.utf8))
                        _ = await writer.drained(within: .seconds(60))
                    }
                    writer.finish()
                }),
        ]
        try await DispatcherUnderTest.run(routes) { hub in
            #expect(try await hub.ask("GET /problem").status == 404)
            #expect(try await hub.ask("GET /fault").status == 503)
            let rows = try await hub.ask("GET /rows")
            #expect(rows.status == 200 && rows.body == "a\nb\n")
            #expect(rows["X-Request-ID"] != nil)
        }
    }
}
