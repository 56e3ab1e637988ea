import EventLoop
import HTTP
import WebSocket

/// One stream to the hub, from the attempt to open it to its end. Made anew for every attempt, so that nothing of an earlier
/// one can be taken for something of a later.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class ChatLink: WebSocketHandler, @unchecked Sendable {
    /// How it ended.
    enum End: Sendable {
        /// There was no connection.
        case unopened(WebSocketClientError)
        /// With this code, if there was a Close frame.
        case closed(UInt16?)
    }

    private let loop: Loop
    private unowned let member: ChatMember
    private var connection: WebSocketConnection?
    private var isOver = false

    init(of member: ChatMember, on loop: Loop) {
        self.member = member
        self.loop = loop
    }

    /// Begins to connect.
    func open(_ url: WebSocketURL, headers: HTTPHeaders) {
        var options = WebSocketOptions()
        // Pages are larger than what a client may send.
        options.maximumMessageBytes = 4 << 20
        options.subprotocols = ["presence.v1"]
        options.heartbeat = nil
        Task { [self, loop, options] in
            do throws(WebSocketClientError) {
                let connection = try await WebSocketClient.connect(
                    to: url, headers: headers, options: options, on: loop, handler: self)
                loop.execute { if self.isOver { connection.abort() } else { self.connection = connection } }
            } catch {
                loop.execute { self.end(.unopened(error)) }
            }
        }
    }

    func send(_ text: [UInt8]) {
        if !isOver { connection?.send(text: text) }
    }

    /// Ends it without a word; nothing more is heard of it.
    func abort() {
        isOver = true
        connection?.abort()
        connection = nil
    }

    private func end(_ end: End) {
        connection = nil
        guard !isOver else { return }
        isOver = true
        member.ended(end)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        guard !isOver else { return }
        // Messages may come before the task that waits for the connection gets to say so.
        self.connection = connection
        member.heard(bytes)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {}

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {
        end(.closed(code?.rawValue))
    }
}
