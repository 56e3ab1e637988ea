package import Crypto
package import Wire

/// A public key as it is published (JWK: RFC 7517, 7518 section 6, 8037).
package struct PublishedKey: Sendable {
    /// Its name; providers with one key may leave it out.
    package let id: String?
    package let key: PublicKey

    /// Nothing if it is of a kind the hub does not know, is not for signatures, or says it signs in another way than such
    /// keys do.
    package init?(_ value: JSONValue) {
        func bytes(_ name: String) -> [UInt8]? { value[name]?.string.flatMap { Base64.url.decode($0) } }
        if let use = value["use"], use.string != "sig" { return nil }
        if let operations = value["key_ops"]?.array, !operations.contains(.string("verify")) { return nil }
        let key: PublicKey? =
            switch (value["kty"]?.string, value["crv"]?.string) {
            case ("OKP", "Ed25519"): bytes("x").flatMap { PublicKey(ed25519: $0) }
            case ("EC", "P-256"):
                if let x = bytes("x"), let y = bytes("y") { PublicKey(p256: x, y) } else { nil }
            case ("RSA", _):
                if let n = bytes("n"), let e = bytes("e") { PublicKey(rsa: n, exponent: e) } else { nil }
            default: nil
            }
        guard let key else { return nil }
        if let algorithm = value["alg"], algorithm.string != SigningAlgorithm(key.kind).rawValue { return nil }
        if let id = value["kid"], id.string == nil { return nil }
        id = value["kid"]?.string
        self.key = key
    }

    /// The keys of a set (section 5) that the hub can use; nothing if it is no set.
    package static func set(_ value: JSONValue) -> [PublishedKey]? {
        value["keys"]?.array.map { $0.prefix(100).compactMap { PublishedKey($0) } }
    }

    /// An Ed25519 key as the hub publishes its own.
    package static func describe(ed25519 bytes: [UInt8], id: String) -> JSONValue {
        .object([
            .init(name: "kty", value: .string("OKP")), .init(name: "crv", value: .string("Ed25519")),
            .init(name: "x", value: .string(Base64.url.encode(bytes))), .init(name: "kid", value: .string(id)),
            .init(name: "use", value: .string("sig")), .init(name: "alg", value: .string("EdDSA")),
        ])
    }
}
