import EventLoop
import HTTP
import WebSocket

/// Upgrades every request it can, and sends every message back.
final class Echo: HTTPRequestHandler, WebSocketHandler {
    private let options: WebSocketOptions

    init() {
        var options = WebSocketOptions()
        options.maximumMessageBytes = 64 << 20
        options.deflate = DeflateOptions()
        self.options = options
    }

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        switch WebSocketHandshake.accept(request, options: options) {
        case .success(let acceptance):
            guard let upgraded = responder.upgrade() else { return }
            _ = WebSocketConnection.server(
                on: upgraded.socket, acceptance: acceptance, alreadyRead: upgraded.alreadyRead, options: options,
                handler: self)
        case .failure(let refusal):
            var response = HTTPResponse.text(refusal.reason + "\n", status: refusal.status)
            for (name, value) in refusal.headers { response.headers.append(name, value) }
            responder.respond(response)
        }
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        connection.send(text: Array(copying: bytes))
        slowDown(connection)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {
        connection.send(binary: Array(copying: bytes))
        slowDown(connection)
    }

    /// A peer that sends without reading is not read from until it has taken its echoes.
    private func slowDown(_ connection: WebSocketConnection) {
        if connection.queuedBytes > 1 << 20 { connection.pauseReadingUntilDrained() }
    }

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {}
}

extension [UInt8] {
    /// A message's bytes are only lent; who wants to keep them copies them.
    init(copying bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
}
