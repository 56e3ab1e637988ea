import EventLoop
import HTTP
import HTTPClient
import HubTesting
import Synchronization
import Telemetry
import Testing

/// Calls to a server on loopback, on a loop.
@Suite(.timeLimit(.minutes(2))) struct `Calling another server` {
    private final class Answers: HTTPRequestHandler {
        let answer: @Sendable (HTTPRequest, HTTPResponder) -> Void

        init(_ answer: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void) { self.answer = answer }

        func handle(_ request: HTTPRequest, _ responder: HTTPResponder) { answer(request, responder) }
    }

    /// A server and a client, each on a loop of its own.
    private struct Setup: Sendable {
        let url: String
        let loop: Loop
        let client: LoopClient

        static func run(
            _ answer: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void,
            _ body: (Setup) async throws -> Void
        ) async throws {
            let (there, here) = (try Loop.start(), try Loop.start(index: 1))
            let port: Int = try await withCheckedThrowingContinuation { continuation in
                there.execute {
                    let server = HTTPServer(on: there, handler: Answers(answer))
                    continuation.resume(
                        with: Result {
                            try Listener.open(host: "127.0.0.1", port: 0, on: there) { server.accept($0) }.port
                        })
                }
            }
            let client = await withCheckedContinuation { continuation in
                here.execute { continuation.resume(returning: LoopClient(on: here)) }
            }
            let setup = Setup(url: "http://127.0.0.1:\(port)", loop: here, client: client)
            var failure: (any Error)?
            do { try await body(setup) } catch { failure = error }
            await withCheckedContinuation { continuation in
                here.execute {
                    client.close()
                    continuation.resume()
                }
            }
            await here.stop()
            await there.stop()
            if let failure { throw failure }
        }

        func send(_ call: HTTPCall) async -> LoopClient.Outcome {
            var call = call
            call.connectTimeout = .seconds(60)
            return await withCheckedContinuation { [call] continuation in
                loop.execute { client.send(call) { continuation.resume(returning: $0) } }
            }
        }
    }

    private static let echo: @Sendable (HTTPRequest, HTTPResponder) -> Void = { request, responder in
        var response = HTTPResponse(.created, body: request.body)
        response.headers.append("X-Method", request.method.rawValue)
        response.headers.append("X-Trace", request.headers["traceparent"] ?? "none")
        response.headers.append("X-State", request.headers["tracestate"] ?? "none")
        response.headers.append("X-Own", request.headers["X-Own"] ?? "none")
        responder.respond(response)
    }

    @Test func `gets its answer, fields and content`() async throws {
        try await Setup.run(Self.echo) { setup in
            var call = HTTPCall("PUT", setup.url + "/thing", body: Array("hello".utf8))
            call.headers = [("X-Own", "a\r\nX-Forged: b")]
            let answer = try await setup.send(call).get()
            #expect(answer.status == 201)
            #expect(answer.body == Array("hello".utf8))
            #expect(answer["x-method"] == "PUT")
            #expect(answer["X-Own"] == "a  X-Forged: b")
            let empty = try await setup.send(HTTPCall("POST", setup.url, body: [])).get()
            #expect(empty["X-Method"] == "POST")
            #expect(empty.body == [])
        }
    }

    @Test func `passes on the trace it belongs to`() async throws {
        try await Setup.run(Self.echo) { setup in
            var call = HTTPCall("GET", setup.url)
            let context = SpanContext(traceHigh: 1, traceLow: 2, spanID: 3, isSampled: true)
            call.trace = TraceContext(context, state: "a=b")
            let answer = try await setup.send(call).get()
            #expect(answer["X-Trace"] == "00-00000000000000010000000000000002-0000000000000003-01")
            #expect(answer["X-State"] == "a=b")
            let plain = try await setup.send(HTTPCall("GET", setup.url)).get()
            #expect(plain["X-Trace"] == "none")
        }
    }

    @Test func `a hundred at once are all answered`() async throws {
        try await Setup.run(Self.echo) { setup in
            let bodies = await withTaskGroup(of: [UInt8].self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let call = HTTPCall("POST", setup.url, body: Array("\(number)".utf8))
                        return (try? await setup.send(call).get().body) ?? []
                    }
                }
                return await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
            }
            #expect(bodies.count == 100)
        }
    }

    @Test func `fails in time where nobody answers`() async throws {
        try await Setup.run { _, _ in
        } _: { setup in
            var call = HTTPCall("GET", setup.url)
            call.timeout = .milliseconds(50)
            guard case .failure(.timedOut) = await setup.send(call) else {
                Issue.record("a silent server has answered")
                return
            }
        }
    }

    @Test func `does not follow a redirect, and takes no answer that is too long`() async throws {
        try await Setup.run { request, responder in
            if request.path == "/far" { return responder.respond(.redirect(to: "/near", status: .movedPermanently)) }
            responder.respond(HTTPResponse(.ok, body: Array(repeating: 0, count: 100_000)))
        } _: { setup in
            let far = try await setup.send(HTTPCall("GET", setup.url + "/far")).get()
            #expect(far.status == 301)
            var call = HTTPCall("GET", setup.url)
            call.longestAnswer = 99_999
            guard case .failure(.answerTooLong) = await setup.send(call) else {
                Issue.record("the answer was taken")
                return
            }
        }
    }

    @Test func `says that nobody listens, and that a file cannot be read over http`() async throws {
        try await Setup.run(Self.echo) { setup in
            guard case .failure(.cannotConnect) = await setup.send(HTTPCall("GET", "http://127.0.0.1:1")) else {
                Issue.record("port 1 has answered")
                return
            }
            guard case .failure = await setup.send(HTTPCall("GET", "file:///etc/passwd")) else {
                Issue.record("a file was read")
                return
            }
        }
    }

    @Test func `what is on its way when the client closes fails`() async throws {
        let asked = Atomic<Bool>(false)
        try await Setup.run { _, _ in
            asked.store(true, ordering: .relaxed)
        } _: { setup in
            async let outcome = setup.send(HTTPCall("GET", setup.url))
            while !asked.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(2)) }
            setup.loop.execute { setup.client.close() }
            guard case .failure(.givenUp) = await outcome else {
                Issue.record("it has an answer")
                return
            }
        }
    }
}
