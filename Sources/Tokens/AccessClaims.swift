package import Model

/// What an access token says of its holder.
package struct AccessClaims: Hashable, Sendable {
    package var user: UserID
    package var signIn: SignInID
    /// The account's token version when it was made; a token of an older one is worth nothing.
    package var version: Int32
    /// Whole seconds.
    package var issuedAt: Timestamp
    /// Whole seconds; from this moment on it is expired.
    package var expiresAt: Timestamp
    package var id: UniqueID

    package init(
        user: UserID, signIn: SignInID, version: Int32, issuedAt: Timestamp, expiresAt: Timestamp, id: UniqueID
    ) {
        self.user = user
        self.signIn = signIn
        self.version = version
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.id = id
    }
}

/// An access token and what it says.
package struct IssuedToken: Sendable {
    package let text: String
    package let claims: AccessClaims
    /// How long it holds from when it was made.
    package let lifetime: Duration
}
