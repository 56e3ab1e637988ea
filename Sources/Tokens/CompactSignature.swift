package import Crypto
package import Wire

/// A signed text in three parts (RFC 7515, section 3.1), read strictly and not yet trusted.
///
/// Exactly three parts of base64url in its one canonical form; a header that is one object without a name twice, holding
/// only what the hub understands (RFC 8725, section 3.10: what is not understood, `crit` above all, is refused).
package struct CompactSignature: Sendable {
    /// How it says it was signed; the one who checks it decides whether that may be.
    package let algorithm: SigningAlgorithm
    /// Which key it says signed it, 1 to 256 bytes.
    package let keyID: String?
    /// What kind of token it says it is, without `application/`, in lower case.
    package let type: String?
    /// The claims: one object without a name twice.
    package let claims: JSONValue
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// - Parameters:
    ///   - limit: Bytes of the whole text.
    ///   - takingMoreHeaders: Whether members of the header that mean nothing to the hub are skipped, as others' tokens have
    ///     them; `crit`, which says that they must mean something, is refused all the same.
    /// - Throws: ``TokenFault/malformed``, ``TokenFault/algorithm``.
    package init(_ text: String, limit: Int, takingMoreHeaders: Bool = false) throws(TokenFault) {
        guard text.utf8.count <= limit else { throw .malformed }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = CompactSignature.object(parts[0]),
            let claims = CompactSignature.object(parts[1]),
            let signature = Base64.url.decode(String(decoding: parts[2], as: UTF8.self))
        else { throw .malformed }
        var algorithm: String?
        var keyID: String?
        var type: String?
        guard case .object(let members) = header else { throw .malformed }
        for member in members {
            if takingMoreHeaders, !["alg", "kid", "typ", "crit", "b64"].contains(member.name) { continue }
            guard case .string(let value) = member.value else { throw .malformed }
            switch member.name {
            case "alg": algorithm = value
            case "kid" where (1...256).contains(value.utf8.count): keyID = value
            case "typ":
                let lower = value.lowercased()
                type = lower.hasPrefix("application/") ? String(lower.dropFirst(12)) : lower
            default: throw .malformed
            }
        }
        guard let name = algorithm, let algorithm = SigningAlgorithm(rawValue: name) else { throw .algorithm }
        self.algorithm = algorithm
        self.keyID = keyID
        self.type = type
        self.claims = claims
        signed = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
        self.signature = signature
    }

    /// Whether `key` signed it, in the one way that goes with such a key.
    package func isSigned(by key: PublicKey) -> Bool {
        algorithm == SigningAlgorithm(key.kind) && key.verifies(signature, of: signed)
    }

    private static func object(_ part: some Sequence<UInt8>) -> JSONValue? {
        guard let bytes = Base64.url.decode(String(decoding: Array(part), as: UTF8.self)),
            let value = try? JSONValue(bytes, depthLimit: 8), case .object = value
        else { return nil }
        return value
    }
}
