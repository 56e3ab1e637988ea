import WebSocket

/// How the messages of a stream are written.
enum StreamDialect: String, Hashable, Sendable {
    case json = "presence.v1"
    case packed = "presence.v1.packed"

    /// What the two ends agree on when a stream is opened.
    var subprotocol: String { rawValue }

    /// That of `--packed`, or the plain one.
    init(_ arguments: Arguments) { self = arguments.has("packed") ? .packed : .json }

    static let option = Option("packed", "speak presence.v1.packed, which takes a tenth of the bytes")

    /// Whether a hub has agreed to it; the plain one is what a hub speaks that selects nothing.
    func isSpoken(on connection: WebSocketConnection) -> Bool {
        self == .json || connection.subprotocol == subprotocol
    }
}
