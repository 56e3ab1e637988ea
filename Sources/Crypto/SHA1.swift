/// SHA-1 (RFC 3174): for the WebSocket handshake, which prescribes it, and for nothing that must resist collisions.
package enum SHA1 {
    /// The 20 bytes of the digest.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { unsafe hash(bytes.span.bytes) }

    /// The 20 bytes of the digest.
    package static func hash(_ bytes: RawSpan) -> [UInt8] { Digest.sha1.hash(bytes) }
}
