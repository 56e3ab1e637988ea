import EventLoop
import HTTP
import TLS

@testable import WebSocket

/// A real listener on a loop of its own, which upgrades every request that may be.
final class TestServer: HTTPRequestHandler {
    let group: LoopGroup
    let port: Int
    private let options: WebSocketOptions
    private let movesTo: Loop?
    private let makeHandler: @Sendable () -> any WebSocketHandler
    private let connections: AsyncStream<WebSocketConnection>
    private let accepted: AsyncStream<WebSocketConnection>.Continuation

    var loop: Loop { group.loops[0] }

    /// - Parameter moves: Whether connections live on the second loop, to which their sockets go at the upgrade.
    static func start(
        options: WebSocketOptions = WebSocketOptions(), tls: TLSContextBox? = nil, moves: Bool = false,
        handler: @escaping @Sendable () -> any WebSocketHandler
    ) async throws -> TestServer {
        let group = try LoopGroup.start(count: moves ? 2 : 1)
        let loop = group.loops[0]
        let result: Result<TestServer, SocketError> = await withCheckedContinuation { continuation in
            loop.execute {
                let forward = Forward()
                let http = HTTPServer(on: loop, handler: forward)
                do throws(SocketError) {
                    let listener = try Listener.open(
                        host: "127.0.0.1", port: 0, sharesPort: false, tls: tls, on: loop, onAccept: { http.accept($0) }
                    )
                    let server = TestServer(
                        group: group, listener: listener, options: options, movesTo: moves ? group.loops[1] : nil,
                        handler: handler)
                    forward.server = server
                    continuation.resume(returning: .success(server))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private init(
        group: LoopGroup, listener: Listener, options: WebSocketOptions, movesTo: Loop?,
        handler: @escaping @Sendable () -> any WebSocketHandler
    ) {
        self.group = group
        port = listener.port
        self.options = options
        self.movesTo = movesTo
        makeHandler = handler
        (connections, accepted) = AsyncStream.makeStream()
    }

    /// The next connection that was upgraded.
    func connection() async -> WebSocketConnection? {
        var iterator = connections.makeAsyncIterator()
        return await iterator.next()
    }

    func stop() async { await group.stop() }

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let acceptance: WebSocketAcceptance
        switch WebSocketHandshake.accept(request, options: options) {
        case .success(let value): acceptance = value
        case .failure(let refusal):
            var response = HTTPResponse.text(refusal.reason, status: refusal.status)
            for (name, value) in refusal.headers { response.headers.append(name, value) }
            return responder.respond(response)
        }
        guard let upgraded = responder.upgrade() else { return }
        guard let movesTo else {
            return begin(on: upgraded.socket, acceptance, upgraded.alreadyRead)
        }
        let detached = upgraded.socket.detach()
        let alreadyRead = upgraded.alreadyRead
        movesTo.execute {
            guard let socket = try? StreamSocket.adopt(detached, on: movesTo) else { return }
            self.begin(on: socket, acceptance, alreadyRead)
        }
    }

    private func begin(on socket: StreamSocket, _ acceptance: WebSocketAcceptance, _ alreadyRead: [UInt8]) {
        accepted.yield(
            WebSocketConnection.server(
                on: socket, acceptance: acceptance, alreadyRead: alreadyRead, options: options,
                handler: makeHandler()))
    }
}

/// HTTP wants its handler before there is a port to know.
private final class Forward: HTTPRequestHandler, @unchecked Sendable {
    // Set on the loop before the first connection, read on the loop.
    var server: TestServer?

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) { server?.handle(request, responder) }
}
