internal import EventLoop
internal import HTTP
internal import TLS

/// One client's handshake, from the socket to the connection.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`, but for ``connect(to:tls:)``.
final class ClientAttempt: @unchecked Sendable {
    typealias Outcome = Result<WebSocketConnection, WebSocketClientError>

    private let loop: Loop
    private let url: WebSocketURL
    private let headers: HTTPHeaders
    private let options: WebSocketOptions
    private let handler: any WebSocketHandler
    private let key = HandshakeKey.random()

    private var continuation: CheckedContinuation<Outcome, Never>?
    /// Set once it is decided, also while nobody waits yet: a task may be cancelled before it has begun.
    private var isOver = false
    private var socket: StreamSocket?
    private var answer = UpgradeAnswer()
    private var timer: LoopTimer?

    init(
        url: WebSocketURL, headers: HTTPHeaders, options: WebSocketOptions, on loop: Loop,
        handler: any WebSocketHandler
    ) {
        self.url = url
        self.headers = headers
        self.options = options
        self.loop = loop
        self.handler = handler
    }

    func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
        guard !isOver else { return continuation.resume(returning: .failure(.cancelled)) }
        self.continuation = continuation
        timer = loop.schedule(after: options.handshakeTimeout) { [weak self] in self?.fail(.timedOut) }
    }

    /// Connects in a task of its own: the name may have to be looked up, and a cancelled caller does not wait for it.
    func connect(to endpoint: Endpoint, tls: TLSContext?) {
        Task { [self] in
            do throws(SocketError) {
                let socket = try await StreamSocket.connect(
                    to: endpoint, tls: tls, serverName: url.host, on: loop)
                loop.execute { self.didConnect(socket) }
            } catch {
                loop.execute { self.fail(.unreachable(error)) }
            }
        }
    }

    private func didConnect(_ socket: StreamSocket) {
        guard !isOver else { return socket.close() }
        self.socket = socket
        socket.handler = self
        socket.write(request)
        socket.startReading()
    }

    private var request: [UInt8] {
        var text = "GET \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\nUpgrade: websocket\r\n"
        text += "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\n"
        if !options.subprotocols.isEmpty {
            text += "Sec-WebSocket-Protocol: \(options.subprotocols.joined(separator: ", "))\r\n"
        }
        if let deflate = options.deflate {
            text += "Sec-WebSocket-Extensions: \(DeflateAgreement.offer(deflate))\r\n"
        }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// Gives up, if it is not over yet.
    func fail(_ error: WebSocketClientError) { finish(.failure(error)) }

    private func finish(_ outcome: Outcome) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        timer = nil
        if case .failure = outcome, let socket {
            socket.handler = nil
            socket.close()
        }
        socket = nil
        continuation?.resume(returning: outcome)
        continuation = nil
    }

    private func take(_ event: UpgradeAnswer.Event) {
        switch event {
        case .needsMore: break
        case .invalid(let detail): fail(.invalidAnswer(detail))
        case .refused(let status, let headers, let body):
            fail(.refused(status: status, headers: headers, body: body))
        case .upgraded(_, let headers, let rest): upgrade(headers, rest)
        }
    }

    private func upgrade(_ headers: HTTPHeaders, _ rest: [UInt8]) {
        guard let socket, !isOver else { return }
        switch check(headers) {
        case .failure(let error): fail(error)
        case .success(let deflate):
            socket.pauseReading()
            let connection = WebSocketConnection(
                on: socket, role: .client, subprotocol: headers["Sec-WebSocket-Protocol"], deflate: deflate,
                options: options, handler: handler)
            connection.begin(alreadyRead: rest)
            finish(.success(connection))
        }
    }

    /// What the server agreed to about compression, if its answer is one to this handshake.
    private func check(_ headers: HTTPHeaders) -> Result<DeflateAgreement?, WebSocketClientError> {
        func invalid(_ detail: String) -> Result<DeflateAgreement?, WebSocketClientError> {
            .failure(.invalidAnswer(detail))
        }
        guard headers.contains("Upgrade", token: "websocket") else { return invalid("Upgrade does not name websocket") }
        guard headers.contains("Connection", token: "upgrade") else {
            return invalid("Connection does not name Upgrade")
        }
        guard headers.values(of: "Sec-WebSocket-Accept") == [HandshakeKey.accept(key)] else {
            return invalid("Sec-WebSocket-Accept does not match the key")
        }
        let protocols = headers.values(of: "Sec-WebSocket-Protocol")
        guard protocols.count <= 1, protocols.allSatisfy(options.subprotocols.contains) else {
            return invalid("a subprotocol was selected that was not offered")
        }
        let value = headers.values(of: "Sec-WebSocket-Extensions").joined(separator: ",")
        guard let extensions = ExtensionOffer.list(value) else {
            return invalid("Sec-WebSocket-Extensions is malformed")
        }
        guard let accepted = extensions.first else { return .success(nil) }
        guard extensions.count == 1, let deflate = options.deflate,
            let agreement = DeflateAgreement(accepted, to: deflate)
        else { return invalid("an extension was selected that was not offered like this") }
        return .success(agreement)
    }
}

extension ClientAttempt: StreamSocketHandler {
    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) { take(answer.read(bytes)) }

    func streamSocketDidDrain(_ socket: StreamSocket) {}

    func streamSocketPeerDidFinish(_ socket: StreamSocket) {
        if let event = answer.finish() { take(event) } else { fail(.closed) }
    }

    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {
        self.socket = nil
        fail(.unreachable(.closed(reason)))
    }
}
