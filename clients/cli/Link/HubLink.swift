import EventLoop
import Model
import WebSocket
import Wire

/// One stream to the hub, from the attempt to open it to its end. Made anew for every attempt.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class HubLink: WebSocketHandler, @unchecked Sendable {
    let loop: Loop
    private let endpoint: HubEndpoint
    private let onMessage: (RawSpan) -> Void
    private let onEnd: (LinkEnd) -> Void
    private var connection: WebSocketConnection?
    private var codec: StreamCodec
    private var outgoing: [UInt8] = []
    private var isOver = false
    /// Whether an attempt to connect is under way; it goes on, for nothing, after ``close()``.
    private(set) var isConnecting = false
    /// The access token the stream was opened with; empty for keys.
    private(set) var token = ""

    /// - Parameters:
    ///   - endpoint: Where ``open(as:heartbeat:)`` will connect.
    ///   - onMessage: Each message as it came, for ``read(_:)``; valid during the call. The first is the hub's welcome.
    ///   - onEnd: Called once and last, unless ``close()`` came first.
    init(
        to endpoint: HubEndpoint, on loop: Loop, onMessage: @escaping (RawSpan) -> Void,
        onEnd: @escaping (LinkEnd) -> Void
    ) {
        self.endpoint = endpoint
        codec = StreamCodec(endpoint.dialect)
        self.loop = loop
        self.onMessage = onMessage
        self.onEnd = onEnd
    }

    /// Begins to connect, as `device` or as a watcher; a person's access token is renewed first if it has to be.
    ///
    /// - Parameter rejected: A token that the hub no longer takes.
    func open(as device: DeviceID?, heartbeat: Duration? = .seconds(25), rejecting rejected: String? = nil) {
        loop.preconditionIsolated()
        isConnecting = true
        Task { [self, loop, endpoint] in
            let target: HubTarget
            do throws(CommandFailure) {
                target = try await endpoint.target.renewed(rejecting: rejected, on: loop)
            } catch {
                loop.execute { self.ended(.notLetIn(error)) }
                return
            }
            loop.execute { self.token = target.token }
            do throws(WebSocketClientError) {
                let connection = try await endpoint.connect(
                    to: target, as: device, on: loop, heartbeat: heartbeat, handler: self)
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

    /// Sends a message; nothing happens on a connection that is not open.
    func send(_ envelope: ClientEnvelope) {
        guard let connection else { return }
        outgoing.removeAll(keepingCapacity: true)
        codec.encode(envelope, to: &outgoing)
        switch codec.dialect {
        case .json: connection.send(text: outgoing)
        case .packed: connection.send(binary: outgoing)
        }
    }

    /// Sends a message that is text already; nothing happens on a connection that is not open.
    func send(text: [UInt8]) { connection?.send(text: text) }

    /// What a message says. Every one must be read, for later ones may build on it.
    func read(_ message: RawSpan) throws(Refusal) -> PackedHubMessageDecoder.Reading { try codec.decode(message) }

    /// The hub could not read a message: what is sent next must not build on it.
    func forgetSent() { codec.forgetSent() }

    /// Ends it, saying so to the hub; nothing more is heard of it.
    func close() {
        loop.preconditionIsolated()
        guard !isOver else { return }
        isOver = true
        connection?.close(code: .normal)
    }

    private func opened(_ connection: WebSocketConnection) {
        isConnecting = false
        if isOver { return connection.close(code: .normal) }
        take(connection)
    }

    /// - Returns: Whether the hub speaks as it was asked to.
    @discardableResult
    private func take(_ connection: WebSocketConnection) -> Bool {
        if let refusal = endpoint.refusal(on: connection) {
            connection.close(code: .normal)
            ended(refusal)
            return false
        }
        // Messages may come before the task that waits for the connection gets to say so.
        self.connection = connection
        return true
    }

    private func ended(_ end: LinkEnd) {
        isConnecting = false
        connection = nil
        guard !isOver else { return }
        isOver = true
        onEnd(end)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        receive(bytes, as: .json, on: connection)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {
        receive(bytes, as: .packed, on: connection)
    }

    /// A client ignores what it does not know: messages of the other kind.
    private func receive(_ bytes: RawSpan, as dialect: StreamDialect, on connection: WebSocketConnection) {
        guard !isOver, take(connection), codec.dialect == dialect else { return }
        onMessage(bytes)
    }

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {
        ended(LinkEnd(code: code, reason: reason, by: ending))
    }
}
