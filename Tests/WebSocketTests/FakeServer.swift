import EventLoop

@testable import WebSocket

/// Answers one request with the text it is told to, or with nothing.
///
/// Confined to its loop, but for ``start(on:thenSends:_:)`` and ``sawRequest()``.
final class FakeServer: StreamSocketHandler, @unchecked Sendable {
    private(set) var port = 0
    private let answer: @Sendable (String) -> String?
    private let more: [UInt8]
    private var received: [UInt8] = []
    private let requests: AsyncStream<Void>
    private let requested: AsyncStream<Void>.Continuation

    private init(answer: @escaping @Sendable (String) -> String?, more: [UInt8]) {
        self.answer = answer
        self.more = more
        (requests, requested) = AsyncStream.makeStream()
    }

    static func start(
        on loop: Loop, thenSends more: [UInt8] = [], _ answer: @escaping @Sendable (String) -> String?
    ) async throws -> FakeServer {
        let server = FakeServer(answer: answer, more: more)
        let failure: SocketError? = await withCheckedContinuation { continuation in
            loop.execute {
                do throws(SocketError) {
                    let listener = try Listener.open(host: "127.0.0.1", port: 0, sharesPort: false, on: loop) {
                        socket in
                        socket.handler = server
                        socket.startReading()
                    }
                    server.port = listener.port
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error)
                }
            }
        }
        if let failure { throw failure }
        return server
    }

    func sawRequest() async {
        var iterator = requests.makeAsyncIterator()
        await iterator.next()
    }

    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) {
        bytes.withUnsafeBytes { received.append(contentsOf: $0) }
        let text = String(decoding: received, as: UTF8.self)
        guard text.hasSuffix("\r\n\r\n") else { return }
        requested.yield()
        guard let answer = answer(text) else { return }
        socket.write(Array(answer.utf8) + more)
    }

    func streamSocketDidDrain(_ socket: StreamSocket) {}
    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {}
}
