import EventLoop
import FeatureKit
import HTTP
import HubTesting
import Model
import Synchronization
import Testing
import Wire

/// Counts calls of a handler, and holds answers back until they are let go.
private final class Calls: Sendable {
    private let count = Atomic<Int>(0)
    var made: Int { count.load(ordering: .relaxed) }
    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}

@Suite(.timeLimit(.minutes(3)))
struct `A request with an Idempotency-Key` {
    private let calls = Calls()
    private let store = InMemoryIdempotencyStore()

    private func route(_ handler: RouteHandler) -> Route {
        Route(
            .post, "/things", operationID: "makeThing", summary: "For a test", tag: "Test",
            callers: [.apiKey, .admin], responses: [RouteResponse(.ok, "Fine")], isIdempotent: true, handler: handler)
    }

    /// Says how often it was called, in each of the three shapes.
    private var shapes: [RouteHandler] {
        let calls = calls
        return [
            .immediate { _ in .json(Array("\(calls.next())".utf8)) },
            .later { _ in
                await Task.yield()
                return .json(Array("\(calls.next())".utf8))
            },
            .deferred { request, responder in
                request.loop.atEndOfTurn { responder.respond(.json(Array("\(calls.next())".utf8))) }
            },
        ]
    }

    @Test func `is handled once, whatever the shape of its handler`() async throws {
        for (index, shape) in shapes.enumerated() {
            try await DispatcherUnderTest.run([route(shape)], idempotency: store) { hub in
                for attempt in 0..<3 {
                    let answer = try await hub.ask(
                        "POST /things", ["X-API-Key: good", "Idempotency-Key: shape \(index)"])
                    #expect(answer.status == 200 && answer.body == "\(index + 1)")
                    #expect(answer["Content-Type"] == "application/json")
                    #expect(answer["Idempotency-Replayed"] == (attempt == 0 ? nil : "true"))
                    #expect(answer["X-Request-ID"] != nil)
                }
            }
        }
        #expect(calls.made == 3)
    }

    @Test func `without the field nothing is kept, and other routes do not look at it`() async throws {
        let routes = [route(shapes[0]), .plain(.post, "/plain", callers: .apiKey, handler: shapes[0])]
        try await DispatcherUnderTest.run(routes, idempotency: store) { hub in
            try await #expect(hub.ask("POST /things", ["X-API-Key: good"]).body == "1")
            try await #expect(hub.ask("POST /things", ["X-API-Key: good"]).body == "2")
            for number in 3...4 {
                let answer = try await hub.ask("POST /plain", ["X-API-Key: good", "Idempotency-Key: "])
                #expect(answer.body == "\(number)")
            }
            #expect(store.count == 0)
        }
    }

    @Test(arguments: [
        ["Idempotency-Key: "], ["Idempotency-Key:   "], ["Idempotency-Key: \(String(repeating: "k", count: 256))"],
        ["Idempotency-Key: a\tb"], ["Idempotency-Key: ключ"], ["Idempotency-Key: a", "Idempotency-Key: a"],
    ])
    func `that is malformed is refused`(fields: [String]) async throws {
        try await DispatcherUnderTest.run([route(shapes[0])], idempotency: store) { hub in
            let answer = try await hub.ask("POST /things", ["X-API-Key: good"] + fields)
            #expect(answer.status == 400)
            #expect(answer.json?["error"]?.string == "invalid_format")
        }
        #expect(calls.made == 0)
    }

    @Test func `may have a key of 255 characters, spaces and quotes`() async throws {
        try await DispatcherUnderTest.run([route(shapes[0])], idempotency: store) { hub in
            for key in [String(repeating: "k", count: 255), #""a b""#] {
                let fields = ["X-API-Key: good", "Idempotency-Key: \(key)"]
                try await #expect(hub.ask("POST /things", fields).status == 200)
                try await #expect(hub.ask("POST /things", fields)["Idempotency-Replayed"] == "true")
            }
        }
    }

    @Test func `is another one for another caller, and is refused with another body`() async throws {
        let routes = [route(shapes[0])]
        try await DispatcherUnderTest.run(routes, idempotency: store) { hub in
            func ask(_ key: String, _ body: String) async throws -> Answer {
                try await hub.ask(
                    "POST /things",
                    ["X-API-Key: \(key)", "Idempotency-Key: k", "Content-Length: \(body.utf8.count)"], body: body)
            }
            try await #expect(ask("good", "one").body == "1")
            let reused = try await ask("good", "two")
            #expect(reused.status == 422)
            #expect(reused["Content-Type"] == "application/problem+json")
            #expect(reused.json?["error"]?.string == "idempotency_key_reused")
            try await #expect(ask("other", "two").body == "2")
            try await #expect(ask("good", "one").body == "1")
        }
    }

    @Test func `is answered as before with a refusal of its content, but not with what may pass`() async throws {
        let statuses: [(HTTPStatus, Bool)] = [
            (.created, true), (.noContent, true), (.badRequest, true), (.unprocessableContent, true),
            (.notFound, false), (.conflict, false), (.tooManyRequests, false), (.internalServerError, false),
            (.serviceUnavailable, false),
        ]
        for (status, isKept) in statuses {
            let (calls, store) = (Calls(), InMemoryIdempotencyStore())
            let handler = RouteHandler.immediate { _ in
                status == .noContent
                    ? HTTPResponse(.noContent, headers: ["X-Call": "\(calls.next())"])
                    : .json(Array("\(calls.next())".utf8), status: status)
            }
            try await DispatcherUnderTest.run([route(handler)], idempotency: store) { hub in
                var bodies: Set<String> = []
                for _ in 0..<2 {
                    let answer = try await hub.ask("POST /things", ["X-API-Key: good", "Idempotency-Key: k"])
                    #expect(answer.status == Int(status.code))
                    bodies.insert(answer.body)
                }
                #expect(calls.made == (isKept ? 1 : 2), "\(status.code)")
                #expect(bodies.count == (isKept || status == .noContent ? 1 : 2))
                #expect(store.count == (isKept ? 1 : 0))
            }
        }
    }

    @Test func `that comes again while it is handled is told to wait, and then finds its answer`() async throws {
        let held = Mailbox<HTTPResponder>()
        let handler = RouteHandler.deferred { _, responder in held.put(responder) }
        try await DispatcherUnderTest.run([route(handler)], idempotency: store) { hub in
            let fields = ["X-API-Key: good", "Idempotency-Key: k"]
            async let first = hub.ask("POST /things", fields)
            let responder = try #require(await held.next())
            let second = try await hub.ask("POST /things", fields)
            #expect(second.status == 409 && second["Retry-After"] == "1")
            #expect(second.json?["error"]?.string == "conflict")
            hub.loop.execute { responder.respond(.json(Array("7".utf8))) }
            try await #expect(first.body == "7")
            let third = try await hub.ask("POST /things", fields)
            #expect(third.body == "7" && third["Idempotency-Replayed"] == "true")
        }
    }

    @Test func `is done to its end when the client goes away, who then finds the answer`() async throws {
        let held = Mailbox<HTTPResponder>()
        let handler = RouteHandler.deferred { _, responder in held.put(responder) }
        try await DispatcherUnderTest.run([route(handler)], idempotency: store) { hub in
            let fields = ["X-API-Key: good", "Idempotency-Key: k"]
            do {
                let client = try RawClient(port: hub.port)
                client.send("POST /things HTTP/1.1\r\nHost: hub\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n")
                let responder = try #require(await held.next())
                client.reset()
                hub.loop.execute { responder.respond(.json(Array("7".utf8))) }
            }
            // The answer is kept a moment after it is given.
            var answer = try await hub.ask("POST /things", fields)
            while answer.status == 409 { answer = try await hub.ask("POST /things", fields) }
            #expect(answer.body == "7" && answer["Idempotency-Replayed"] == "true")
        }
    }

    @Test func `is refused while its key cannot be looked up`() async throws {
        store.goAway()
        try await DispatcherUnderTest.run([route(shapes[0])], idempotency: store) { hub in
            let answer = try await hub.ask("POST /things", ["X-API-Key: good", "Idempotency-Key: k"])
            #expect(answer.status == 503 && answer["Retry-After"] == "1")
            try await #expect(hub.ask("POST /things", ["X-API-Key: good"]).status == 200)
        }
        #expect(calls.made == 1)
    }

    @Test func `is documented on its routes and on no other`() throws {
        let registry = Registry()
        registry.add(route(shapes[0]))
        registry.add(.plain(.post, "/plain", callers: .apiKey))
        let document = try JSONValue(
            registry.makeTable(info: APIInfo(title: "T", version: "1", description: "")).openAPI)
        let operation = document["paths"]?["/things"]?["post"]
        let parameter = operation?["parameters"]?.array?.first
        #expect(parameter?["name"]?.string == "Idempotency-Key" && parameter?["in"]?.string == "header")
        for status in ["409", "422", "503"] { #expect(operation?["responses"]?[status] != nil) }
        let replayed = operation?["responses"]?["200"]?["headers"]?["Idempotency-Replayed"]?["$ref"]?.string
        #expect(replayed == "#/components/headers/IdempotencyReplayed")
        #expect(document["components"]?["headers"]?["IdempotencyReplayed"] != nil)
        #expect(document["paths"]?["/plain"]?["post"]?["parameters"] == nil)
    }
}
