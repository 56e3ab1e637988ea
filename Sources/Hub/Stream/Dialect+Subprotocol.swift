internal import Actors

extension Dialect {
    /// What a client asks for it by.
    var subprotocol: String {
        switch self {
        case .json: "presence.v1"
        case .packed: "presence.v1.packed"
        }
    }

    /// The one that was selected; a client that asks for none is served the plain one.
    init(subprotocol: String?) { self = subprotocol == Dialect.packed.subprotocol ? .packed : .json }
}
