import EventLoop
import Model
import WebSocket

/// One stream to the hub, from the attempt to open it to its end. Made anew for every attempt.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class HubLink: WebSocketHandler, @unchecked Sendable {
    let loop: Loop
    private let onMessage: (RawSpan) -> Void
    private let onEnd: (LinkEnd) -> Void
    private var connection: WebSocketConnection?
    private var isOver = false

    /// - Parameters:
    ///   - onMessage: Each message as it came; valid during the call. The first is the hub's welcome.
    ///   - onEnd: Called once and last, unless ``close()`` came first.
    init(on loop: Loop, onMessage: @escaping (RawSpan) -> Void, onEnd: @escaping (LinkEnd) -> Void) {
        self.loop = loop
        self.onMessage = onMessage
        self.onEnd = onEnd
    }

    /// Begins to connect, as `device` or as a watcher.
    func open(at endpoint: HubEndpoint, as device: DeviceID?, heartbeat: Duration? = .seconds(25)) {
        loop.preconditionIsolated()
        Task { [self, loop] in
            do throws(WebSocketClientError) {
                let connection = try await endpoint.connect(
                    as: device, on: loop, heartbeat: heartbeat, handler: self)
                loop.execute { self.opened(connection) }
            } catch {
                let end = LinkEnd(error)
                loop.execute { self.ended(end) }
            }
        }
    }

    var isOpen: Bool { connection != nil && !isOver }

    /// Bytes that are written and that the kernel has not taken.
    var queuedBytes: Int { connection?.queuedBytes ?? 0 }

    /// Sends a text message; nothing happens on a connection that is not open.
    func send(_ text: [UInt8]) { connection?.send(text: text) }

    /// Ends it, saying so to the hub; nothing more is heard of it.
    func close() {
        loop.preconditionIsolated()
        guard !isOver else { return }
        isOver = true
        connection?.close(code: .normal)
    }

    private func opened(_ connection: WebSocketConnection) {
        if isOver { return connection.close(code: .normal) }
        self.connection = connection
    }

    private func ended(_ end: LinkEnd) {
        connection = nil
        guard !isOver else { return }
        isOver = true
        onEnd(end)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        guard !isOver else { return }
        // Messages may come before the task that waits for the connection gets to say so.
        self.connection = connection
        onMessage(bytes)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {
        // The protocol has none; a client ignores what it does not know.
    }

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {
        ended(LinkEnd(code: code, reason: reason, by: ending))
    }
}
