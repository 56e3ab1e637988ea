/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// The 32 bytes of the digest.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { unsafe hash(bytes.span.bytes) }

    /// The 32 bytes of the digest.
    package static func hash(_ bytes: RawSpan) -> [UInt8] { Digest.sha256.hash(bytes) }
}
