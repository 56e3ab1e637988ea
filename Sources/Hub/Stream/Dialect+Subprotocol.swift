internal import Actors
internal import WebSocket

extension Dialect {
    /// What a client asks for it by.
    var subprotocol: String {
        switch self {
        case .json, .deflated: "presence.v1"
        case .packed: "presence.v1.packed"
        }
    }

    /// The one that was agreed on; a client that asks for none is served the plain one.
    init(_ acceptance: WebSocketAcceptance) {
        if acceptance.subprotocol == Dialect.packed.subprotocol {
            self = .packed
        } else {
            self = acceptance.deflate == nil ? .json : .deflated
        }
    }
}
