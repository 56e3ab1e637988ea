package import Crypto

/// The ways of signing that the hub knows (RFC 7518, RFC 8037). `none` and those with shared keys are not among them.
package enum SigningAlgorithm: String, Hashable, Sendable {
    case edDSA = "EdDSA"
    case es256 = "ES256"
    case rs256 = "RS256"

    /// The only one that goes with a key of that kind.
    package init(_ kind: PublicKey.Kind) {
        switch kind {
        case .ed25519: self = .edDSA
        case .p256: self = .es256
        case .rsa: self = .rs256
        }
    }
}
