/// What opened a session of the stream or asked for a ticket: it ends when that is revoked.
package enum Credential: Hashable, Sendable {
    case key(APIKeyID)
    /// A user's access token.
    case user(UserID, SignInID)

    package var user: UserID? {
        if case .user(let user, _) = self { user } else { nil }
    }

    package var signIn: SignInID? {
        if case .user(_, let signIn) = self { signIn } else { nil }
    }

    package var key: APIKeyID? {
        if case .key(let key) = self { key } else { nil }
    }
}
