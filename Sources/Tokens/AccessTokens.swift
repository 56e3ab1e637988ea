internal import Crypto
package import Model
internal import Wire

/// Makes and checks the access tokens of one hub, or of all hubs that share a database and an issuer. Any thread.
///
/// They are JSON Web Tokens (RFC 7519) of type `at+jwt` (RFC 9068), signed with Ed25519 (RFC 8037) and checked as RFC 8725
/// has it: one algorithm, one issuer, one audience, a type of their own, and no claim that is not there.
package final class AccessTokens: Sendable {
    package let issuer: String
    /// How long a token holds; whole seconds.
    package let lifetime: Duration
    private let keys: TokenKeys

    package static let audience = "presence-hub"
    package static let type = "at+jwt"
    /// Bytes; the hub's own have some 600.
    package static let longest = 4_096

    package init(issuer: String, lifetime: Duration, keys: TokenKeys) {
        self.issuer = issuer
        self.lifetime = .seconds(lifetime.components.seconds)
        self.keys = keys
    }

    /// What signs new tokens, with the key whose turn it is.
    ///
    /// - Throws: ``NoSigningKey`` while the hub has no key, because it could not reach the database since it started.
    package func signer() throws(NoSigningKey) -> AccessTokenSigner {
        guard let signing = keys.snapshot.signing else { throw NoSigningKey() }
        return AccessTokenSigner(issuer: issuer, lifetime: lifetime, id: signing.id, key: signing.key)
    }

    /// A new token from now on.
    ///
    /// - Throws: ``NoSigningKey``, as ``signer()``.
    package func issue(
        user: UserID, signIn: SignInID, version: Int32, at now: Timestamp
    ) throws(NoSigningKey) -> IssuedToken {
        try signer().issue(user: user, signIn: signIn, version: version, at: now)
    }

    /// What `token` says, if the hub made it and it still holds. Without leeway: hubs share a clock with themselves.
    ///
    /// - Throws: ``TokenFault``; ``TokenFault/unknownKey`` may be over once the keys have been read again.
    package func verify(_ token: String, at now: Timestamp) throws(TokenFault) -> AccessClaims {
        let parts = try CompactSignature(token, limit: AccessTokens.longest)
        guard parts.algorithm == .edDSA else { throw .algorithm }
        guard parts.type == AccessTokens.type, let keyID = parts.keyID else { throw .notForUs }
        guard let key = keys.snapshot.verifying[keyID] else { throw .unknownKey }
        guard parts.isSigned(by: key) else { throw .signature }
        let claims = parts.claims
        guard claims["iss"]?.string == issuer, claims["aud"]?.string == AccessTokens.audience else { throw .notForUs }
        guard let user = claims["sub"]?.string.flatMap({ UniqueID($0) }),
            let signIn = claims["sid"]?.string.flatMap({ UniqueID($0) }),
            let version = claims["ver"]?.integer.flatMap({ Int32(exactly: $0) }),
            let issuedAt = AccessTokens.moment(claims["iat"]), let expiresAt = AccessTokens.moment(claims["exp"]),
            let id = claims["jti"]?.string.flatMap({ UniqueID($0) })
        else { throw .malformed }
        guard now < expiresAt else { throw .expired }
        return AccessClaims(
            user: UserID(user), signIn: SignInID(signIn), version: version, issuedAt: issuedAt, expiresAt: expiresAt,
            id: id)
    }

    /// Seconds since 1970, as far as years have four digits.
    private static func moment(_ value: JSONValue?) -> Timestamp? {
        guard let seconds = value?.integer, (0...253_402_300_799).contains(seconds) else { return nil }
        return Timestamp(milliseconds: seconds * 1_000)
    }
}

/// There is no key to sign with yet.
package struct NoSigningKey: Error, Hashable, Sendable {
    package init() {}
}
