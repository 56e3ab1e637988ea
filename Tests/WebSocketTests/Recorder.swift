import Synchronization

@testable import WebSocket

/// A handler that notes everything, and may answer; what it noted is awaited in order.
final class Recorder: WebSocketHandler {
    enum Event: Equatable, Sendable {
        case text(String)
        case binary([UInt8])
        case pong([UInt8])
        case drained
        case closed(CloseCode?, String, WebSocketEnding)
    }

    private let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let echoes: Bool
    private let onMessage: @Sendable (WebSocketConnection) -> Void
    private let onClosing: @Sendable (WebSocketConnection) -> Void

    init(
        echoes: Bool = false, onClosing: @escaping @Sendable (WebSocketConnection) -> Void = { _ in },
        onMessage: @escaping @Sendable (WebSocketConnection) -> Void = { _ in }
    ) {
        (stream, continuation) = AsyncStream.makeStream()
        self.echoes = echoes
        self.onClosing = onClosing
        self.onMessage = onMessage
    }

    /// The next event; nil once the connection is over and everything was heard.
    func next() async -> Event? {
        var iterator = stream.makeAsyncIterator()
        return await iterator.next()
    }

    /// The event that ends the connection; what comes before it is passed over.
    func end() async -> Event? {
        var last: Event?
        for await event in stream { last = event }
        return last
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        let text = bytes.withUnsafeBytes { Array($0) }
        continuation.yield(.text(String(decoding: text, as: UTF8.self)))
        if echoes { connection.send(text: text) }
        onMessage(connection)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {
        let bytes = bytes.withUnsafeBytes { Array($0) }
        continuation.yield(.binary(bytes))
        if echoes { connection.send(binary: bytes) }
        onMessage(connection)
    }

    func webSocket(_ connection: WebSocketConnection, didReceivePong bytes: RawSpan) {
        continuation.yield(.pong(bytes.withUnsafeBytes { Array($0) }))
    }

    func webSocketWillClose(_ connection: WebSocketConnection) { onClosing(connection) }

    func webSocketDidDrain(_ connection: WebSocketConnection) { continuation.yield(.drained) }

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {
        continuation.yield(.closed(code, reason, ending))
        continuation.finish()
    }
}
