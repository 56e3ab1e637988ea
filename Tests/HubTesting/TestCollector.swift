package import EventLoop
package import HTTP
internal import Synchronization

/// An OpenTelemetry collector on loopback, as far as the hub can tell: takes exports, or does what a test wants instead.
package final class TestCollector: HTTPRequestHandler {
    /// What it does with a request.
    package enum Manner: Sendable {
        case accept
        case answer(HTTPStatus, retryAfter: String?)
        /// Takes the request and never answers.
        case silence
    }

    package struct Export: Sendable {
        package let path: String
        package let headers: HTTPHeaders
        package let body: [UInt8]
    }

    package let loop: Loop
    private let manners = Mutex<[Manner]>([])
    private let exports = Mutex<[Export]>([])
    private let listening = Mutex<Int>(0)

    /// Runs `body` with a collector that listens.
    ///
    /// - Parameter manners: For the first requests, in their order; further ones are accepted.
    package static func run<Value>(
        _ manners: [Manner] = [], _ body: (TestCollector) async throws -> Value
    ) async throws -> Value {
        let loop = try Loop.start()
        let collector = TestCollector(manners, on: loop)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            loop.execute {
                let server = HTTPServer(on: loop, limits: HTTPLimits(bodyBytes: 16 << 20), handler: collector)
                continuation.resume(
                    with: Result {
                        let listener = try Listener.open(host: "127.0.0.1", port: 0, on: loop) { server.accept($0) }
                        collector.listening.withLock { $0 = listener.port }
                    })
            }
        }
        do {
            let value = try await body(collector)
            await loop.stop()
            return value
        } catch {
            await loop.stop()
            throw error
        }
    }

    private init(_ manners: [Manner], on loop: Loop) {
        self.loop = loop
        self.manners.withLock { $0 = manners }
    }

    package var endpoint: String { "http://127.0.0.1:\(listening.withLock { $0 })" }

    /// Everything it was sent, whatever it did with it.
    package var received: [Export] { exports.withLock { $0 } }

    /// The spans of all exports.
    package var spans: [CollectedSpan] { received.flatMap { CollectedSpan.all(in: $0.body) } }

    package func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        exports.withLock { $0.append(Export(path: request.path, headers: request.headers, body: request.body)) }
        switch manners.withLock({ $0.isEmpty ? .accept : $0.removeFirst() }) {
        case .accept: responder.respond(HTTPResponse(.ok))
        case .silence: break
        case .answer(let status, let retryAfter):
            var response = HTTPResponse(status)
            if let retryAfter { response.headers.append("Retry-After", retryAfter) }
            responder.respond(response)
        }
    }
}
