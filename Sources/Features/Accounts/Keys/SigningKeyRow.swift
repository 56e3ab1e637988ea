internal import Crypto
internal import Model
internal import Persistence

/// A key of `accounts.signing_keys`.
struct SigningKeyRow: Sendable {
    /// The key's thumbprint (RFC 7638): 43 characters.
    let id: String
    let publicKey: [UInt8]
    let sealedKey: [UInt8]
    /// Of the master key that opens it.
    let sealedBy: [UInt8]
    let createdAt: Timestamp
    let signsFrom: Timestamp

    /// A new key, sealed.
    init(sealing master: SealingKey, at now: Timestamp, from turn: Timestamp) {
        let key = Ed25519PrivateKey.generate()
        let id = SigningKeyRow.thumbprint(of: key.publicBytes)
        self.id = id
        publicKey = key.publicBytes
        sealedKey = SigningKeyRow.seal(of: master).seal(key.seed, for: Array(id.utf8))
        sealedBy = master.fingerprint
        createdAt = now
        signsFrom = turn
    }

    init?(row: PostgresRow) {
        guard let id = row.text(0), let publicKey = row.bytes(1), let sealedKey = row.bytes(2),
            let sealedBy = row.bytes(3), let createdAt = row.timestamp(4), let signsFrom = row.timestamp(5)
        else { return nil }
        self.id = id
        self.publicKey = publicKey
        self.sealedKey = sealedKey
        self.sealedBy = sealedBy
        self.createdAt = createdAt
        self.signsFrom = signsFrom
    }

    /// The private half; nothing if another master key sealed it, or it was changed.
    func open(with master: SealingKey) -> Ed25519PrivateKey? {
        guard sealedBy == master.fingerprint,
            let seed = SigningKeyRow.seal(of: master).open(sealedKey, for: Array(id.utf8)),
            let key = Ed25519PrivateKey(seed: seed), key.publicBytes == publicKey
        else { return nil }
        return key
    }

    private static func seal(of master: SealingKey) -> SealingKey { master.derived(for: "signing keys") }

    private static func thumbprint(of publicKey: [UInt8]) -> String {
        let members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64.url.encode(publicKey))"}"#
        return Base64.url.encode(SHA256.hash(Array(members.utf8)))
    }
}
