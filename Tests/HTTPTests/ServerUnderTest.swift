import EventLoop
import HTTP
import HubTesting

/// Answers with a closure.
final class ClosureHandler: HTTPRequestHandler {
    let answer: @Sendable (HTTPRequest, HTTPResponder) -> Void
    let limit: @Sendable (HTTPRequest) -> Int?

    init(_ answer: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void) {
        self.answer = answer
        limit = { _ in nil }
    }

    /// - Parameter limit: The most bytes of a request's body.
    init(
        answer: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void,
        limit: @escaping @Sendable (HTTPRequest) -> Int?
    ) {
        self.answer = answer
        self.limit = limit
    }

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) { answer(request, responder) }

    func bodyLimit(for request: HTTPRequest) -> Int? { limit(request) }
}

/// A server on a loop of its own and a port of the kernel's choice.
struct ServerUnderTest: Sendable {
    let loop: Loop
    let server: HTTPServer
    let port: Int

    /// Serves while `body` runs.
    static func run(
        limits: HTTPLimits = HTTPLimits(), handler: ClosureHandler = .echo,
        _ body: @Sendable (ServerUnderTest) async throws -> Void
    ) async throws {
        try await run(limits: limits, anyHandler: handler, body)
    }

    static func run(
        limits: HTTPLimits = HTTPLimits(), anyHandler handler: any HTTPRequestHandler,
        _ body: @Sendable (ServerUnderTest) async throws -> Void
    ) async throws {
        let loop = try Loop.start()
        let running: ServerUnderTest = try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                let server = HTTPServer(on: loop, limits: limits, handler: handler)
                continuation.resume(
                    with: Result {
                        let listener = try Listener.open(host: "127.0.0.1", port: 0, on: loop) { server.accept($0) }
                        return ServerUnderTest(loop: loop, server: server, port: listener.port)
                    })
            }
        }
        do {
            try await body(running)
        } catch {
            await loop.stop()
            throw error
        }
        await loop.stop()
    }

    func client(receiveBuffer: Int32? = nil) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// Runs `body` on the loop and waits for it.
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (ServerUnderTest) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: body(self)) }
        }
    }
}

extension ClosureHandler {
    /// Answers at once with method, path and content.
    static let echo = ClosureHandler { request, responder in
        responder.respond(
            .text("\(request.method.rawValue) \(request.path) \(String(decoding: request.body, as: UTF8.self))"))
    }
}
