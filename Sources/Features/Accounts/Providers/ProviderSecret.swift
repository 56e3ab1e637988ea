internal import Crypto
internal import FeatureKit
internal import Wire

/// What a sign-in with a provider is made of.
enum ProviderSecret {
    /// 256 random bits: a state, a nonce or PKCE's verifier.
    static func make() -> String { Base64.url.encode(SecureRandom.bytes(32)) }

    /// One answer for a state that is unknown, old or used, a code that is not the provider's, and a token that cannot be
    /// believed.
    static let unknownState: Problem = {
        var problem = Problem(.invalidCredentials, "The sign-in has failed or taken too long; begin anew")
        problem.challenges = [#"Bearer realm="presence-hub""#]
        return problem
    }()

    /// A name made of an address; its owner may change it.
    ///
    /// - Parameter isPlain: Without digits that make it unlike others'.
    static func username(like email: EmailAddress, isPlain: Bool) -> Username {
        let local = email.key.prefix { $0 != "@" }.utf8.filter {
            (48...57).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
        }
        var base = String(decoding: local.prefix(20), as: UTF8.self)
        while let first = base.first, first == "." || first == "_" { base.removeFirst() }
        while let last = base.last, last == "." || last == "_" { base.removeLast() }
        if isPlain, let name = Username(base) { return name }
        let number = Hexadecimal.encode(SecureRandom.bytes(4))
        guard let name = Username(base.isEmpty ? "user-\(number)" : "\(base)-\(number)") else {
            preconditionFailure("letters, digits and a number are a name")
        }
        return name
    }
}
