/// An API key in the clear (story 4.9): `pm_` and 45 characters of base64url, 270 random bits.
///
/// It exists where a key is made and where a caller presents one; only ``hash`` is ever stored. It has no `description`
/// that shows it, so interpolating one into a message gives its prefix.
package struct APIKeySecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// The whole key, to be shown to its owner once.
    package let text: String

    package static func generate() -> APIKeySecret {
        // 34 bytes are 46 characters, the last of which holds two bits less; it is left out.
        APIKeySecret(unchecked: "pm_" + Base64.url.encode(SecureRandom.bytes(34)).prefix(45))
    }

    /// What a caller presented, if it has a key's form; whether it opens anything is for the store to say.
    package init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard bytes.count == 48, bytes.starts(with: "pm_".utf8), bytes.allSatisfy(isBase64URL) else { return nil }
        self.init(unchecked: String(text))
    }

    private init(unchecked text: String) { self.text = text }

    /// The first 8 characters, `pm_` included, by which people tell keys apart.
    package var prefix: String { String(text.prefix(8)) }

    /// The SHA-256 of the whole key, 32 bytes: what the store holds and finds keys by.
    package var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }

    package var description: String { prefix + "…" }

    package var customMirror: Mirror { Mirror(self, children: ["prefix": prefix]) }
}

private func isBase64URL(_ character: UInt8) -> Bool {
    switch character {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
}
