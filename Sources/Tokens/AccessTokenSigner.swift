internal import Crypto
package import Model
internal import Wire

/// A key taken from the hub's, which signs access tokens and cannot fail to: what must not be done without a token in the
/// end is done after one was taken. Any thread.
package struct AccessTokenSigner: Sendable {
    let issuer: String
    let lifetime: Duration
    let id: String
    let key: Ed25519PrivateKey

    /// A new token from now on.
    package func issue(user: UserID, signIn: SignInID, version: Int32, at now: Timestamp) -> IssuedToken {
        let issued = Timestamp(milliseconds: now.milliseconds / 1_000 * 1_000)
        let claims = AccessClaims(
            user: user, signIn: signIn, version: version, issuedAt: issued, expiresAt: issued.advanced(by: lifetime),
            id: .version7(at: now))
        let header = JSONWriter.bytes { json in
            json.object { json in
                json.member("alg", SigningAlgorithm.edDSA.rawValue)
                json.member("kid", id)
                json.member("typ", AccessTokens.type)
            }
        }
        let payload = JSONWriter.bytes { json in
            json.object { json in
                json.member("iss", issuer)
                json.member("aud", AccessTokens.audience)
                json.member("sub", claims.user.rawValue)
                json.member("sid", claims.signIn.rawValue)
                json.member("ver", Int64(claims.version))
                json.member("iat", claims.issuedAt.milliseconds / 1_000)
                json.member("exp", claims.expiresAt.milliseconds / 1_000)
                json.member("jti", claims.id)
            }
        }
        let signed = Base64.url.encode(header) + "." + Base64.url.encode(payload)
        let signature = key.sign(Array(signed.utf8))
        return IssuedToken(text: signed + "." + Base64.url.encode(signature), claims: claims, lifetime: lifetime)
    }
}
