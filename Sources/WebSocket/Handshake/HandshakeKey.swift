internal import Crypto

/// `Sec-WebSocket-Key` and the answer that proves it was read (RFC 6455, 4.2.2).
enum HandshakeKey {
    private static let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// A key for one handshake.
    static func random() -> String { Base64.standard.encode(SecureRandom.bytes(16)) }

    /// Whether the key is the base64 form of 16 bytes.
    static func isValid(_ key: String) -> Bool { Base64.standard.decode(key)?.count == 16 }

    /// The value of `Sec-WebSocket-Accept`.
    static func accept(_ key: String) -> String { Base64.standard.encode(SHA1.hash(Array((key + guid).utf8))) }
}
