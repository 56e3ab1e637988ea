internal import Configuration
internal import Crypto
internal import Model
internal import Tokens
internal import Wire

/// Who a provider says somebody is.
struct ProviderIdentity: Hashable, Sendable {
    /// Never changes and is given to nobody else, among the provider's accounts; 1 to 255 bytes.
    let subject: String
    /// As the provider has it; never for a log.
    let email: String?
    let isEmailVerified: Bool
    let name: String?
}

/// ID tokens (OpenID Connect Core, section 2), checked as section 3.1.3.7 has it.
enum IdentityToken {
    /// Bytes.
    static let longest = 16_384
    /// How far a provider's clock may be from the hub's.
    static let leeway = Duration.seconds(60)

    /// - Parameters:
    ///   - keys: The provider's.
    ///   - nonce: What the sign-in was begun with.
    static func verify(
        _ text: String, keys: [PublishedKey], of provider: IdentityProvider, nonce: String, at now: Timestamp
    ) throws(IdentityTokenFault) -> ProviderIdentity {
        let parts: CompactSignature
        do throws(TokenFault) {
            parts = try CompactSignature(text, limit: longest, takingMoreHeaders: true)
        } catch {
            throw .token(error)
        }
        guard parts.type == nil || parts.type == "jwt" else { throw .token(.notForUs) }
        // Without a name any key may be meant that signs in that way; with one, only the key of that name.
        let candidates = keys.filter {
            parts.algorithm == SigningAlgorithm($0.key.kind) && (parts.keyID == nil || parts.keyID == $0.id)
        }
        guard !candidates.isEmpty else { throw .token(.unknownKey) }
        guard candidates.contains(where: { parts.isSigned(by: $0.key) }) else { throw .token(.signature) }
        let claims = parts.claims
        guard claims["iss"]?.string == provider.issuer else { throw .issuer }
        try checkAudience(claims, provider)
        guard let expiry = moment(claims["exp"]), let issued = moment(claims["iat"]) else { throw .token(.malformed) }
        guard now < expiry.advanced(by: leeway) else { throw .token(.expired) }
        guard issued <= now.advanced(by: leeway) else { throw .tooEarly }
        guard let given = claims["nonce"]?.string, constantTimeEquals(Array(given.utf8), Array(nonce.utf8)) else {
            throw .nonce
        }
        guard let subject = claims["sub"]?.string, (1...255).contains(subject.utf8.count), !subject.utf8.contains(0)
        else {
            throw .token(.malformed)
        }
        // Some providers write the flag as a string.
        let isVerified = claims["email_verified"]?.boolean ?? (claims["email_verified"]?.string == "true")
        return ProviderIdentity(
            subject: subject, email: claims["email"]?.string, isEmailVerified: isVerified, name: claims["name"]?.string)
    }

    private static func checkAudience(_ claims: JSONValue, _ provider: IdentityProvider) throws(IdentityTokenFault) {
        let audiences: [JSONValue] = claims["aud"]?.array ?? claims["aud"].map { [$0] } ?? []
        guard audiences.contains(.string(provider.clientID)) else { throw .audience }
        if let party = claims["azp"] {
            guard party.string == provider.clientID else { throw .audience }
        } else if audiences.count > 1 {
            throw .audience
        }
    }

    private static func moment(_ value: JSONValue?) -> Timestamp? {
        guard let seconds = value?.double, (0...253_402_300_799).contains(seconds) else { return nil }
        return Timestamp(milliseconds: Int64(seconds * 1_000))
    }
}

/// Why an ID token is refused.
enum IdentityTokenFault: Error, Hashable, Sendable {
    case token(TokenFault)
    case issuer
    /// Not made for this hub, or for others too.
    case audience
    /// Made in the future.
    case tooEarly
    /// Of another sign-in than this one.
    case nonce
}
