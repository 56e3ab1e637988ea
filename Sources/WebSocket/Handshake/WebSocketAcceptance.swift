internal import Crypto
package import HTTP

/// A request for an upgrade that may be granted: what was chosen, and the answer that says so.
///
/// It may be carried to the loop on which the connection is to live.
package struct WebSocketAcceptance: Sendable {
    /// The subprotocol selected; nil if the client offered none that is spoken.
    package let subprotocol: String?
    /// What was agreed about compression; nil without.
    package let deflate: DeflateAgreement?
    /// Fields to add to the answer, such as `X-Request-ID`; those of the handshake are there anyway.
    package var headers: HTTPHeaders = [:]

    let key: String
    let extensionHeader: String?

    /// The answer to the client, with its empty line.
    var response: [UInt8] {
        var text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        text += "Sec-WebSocket-Accept: \(HandshakeKey.accept(key))\r\n"
        if let subprotocol { text += "Sec-WebSocket-Protocol: \(subprotocol)\r\n" }
        if let extensionHeader { text += "Sec-WebSocket-Extensions: \(extensionHeader)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return Array((text + "\r\n").utf8)
    }
}
