/// Why a token is refused.
package enum TokenFault: Error, Hashable, Sendable {
    /// No signed text in the strict form, or one that is too long, or with claims of the wrong kind.
    case malformed
    /// Signed in a way that is not the hub's, or not signed.
    case algorithm
    /// Signed, it says, by a key the hub does not have; another hub may have made it a moment ago.
    case unknownKey
    /// The signature is not that key's.
    case signature
    /// Of another issuer, for another audience or of another kind.
    case notForUs
    /// In order but for its time.
    case expired
}
