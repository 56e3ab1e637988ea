internal import Crypto
internal import Model

/// A sign-in that is about to begin: who, with which tokens, for how long.
struct SignInStart: Sendable {
    let id: SignInID
    let refreshToken: RefreshToken
    let at: Timestamp
    let expiresAt: Timestamp
    var client: SignInClient
    var device: SignInDevice

    init(at now: Timestamp, lasting life: Duration, client: SignInClient, device: SignInDevice) {
        id = SignInID(UniqueID.version7(at: now))
        refreshToken = .make()
        at = now
        expiresAt = now.advanced(by: life)
        self.client = client
        self.device = device
    }
}

/// What a client renews a sign-in with, once: 256 random bits. The hub keeps its hash alone.
struct RefreshToken: Hashable, Sendable {
    let text: String

    static func make() -> RefreshToken { RefreshToken(text: Base64.url.encode(SecureRandom.bytes(32))) }

    private init(text: String) { self.text = text }

    /// One that a client sent; nothing for what none can be.
    init?(_ text: String) {
        guard text.utf8.count == 43, Base64.url.decode(text) != nil else { return nil }
        self.text = text
    }

    // MARK: Its successor

    /// Sealed with this token, which alone opens it: who reads it in the database has nothing.
    func seal(_ successor: RefreshToken) -> [UInt8] {
        sealingKey.seal(successor.bytes, for: hash)
    }

    /// The successor that was sealed with this token.
    func open(_ sealed: [UInt8]) -> RefreshToken? {
        sealingKey.open(sealed, for: hash).flatMap { RefreshToken(Base64.url.encode($0)) }
    }

    private var bytes: [UInt8] {
        guard let bytes = Base64.url.decode(text) else { preconditionFailure("a refresh token is Base64") }
        return bytes
    }

    /// Not to be told from ``hash``, which is stored.
    private var sealingKey: SealingKey {
        guard let key = SealingKey(bytes) else { preconditionFailure("a refresh token has 32 bytes") }
        return key.derived(for: "refresh token successors")
    }

    var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }
}
