internal import Model
internal import Persistence

/// Somebody who can sign in.
struct Account: Hashable, Sendable {
    let id: UserID
    /// As its owner writes it.
    var username: String
    var displayName: String
    let createdAt: Timestamp
    /// As its owner writes it; never for a log.
    var email: String
    var isEmailVerified: Bool
    /// `local`, or who vouches for them.
    var provider: String
    /// Whether an administrator has shut it.
    var isDisabled: Bool
    /// Access tokens of older versions are refused.
    var tokenVersion: Int32
    /// Argon2id; nothing for somebody who signs in elsewhere only.
    var passwordHash: String?

    /// Vouched for by nobody else.
    static let local = "local"
}

extension Account {
    /// As ``init(row:from:)`` reads them; `u` is `core.users`, `c` is `accounts.credentials`.
    static let columns = """
        u.id, u.username, u.display_name, u.created_at, c.email, c.email_verified_at IS NOT NULL, c.provider, \
        c.disabled_at IS NOT NULL, c.token_version, c.password_hash
        """

    /// `nil` if a column that cannot be null is.
    init?(row: PostgresRow, from column: Int = 0) {
        guard let id = row.uniqueID(column), let username = row.text(column + 1),
            let displayName = row.text(column + 2), let createdAt = row.timestamp(column + 3),
            let email = row.text(column + 4), let isEmailVerified = row.bool(column + 5),
            let provider = row.text(column + 6), let isDisabled = row.bool(column + 7),
            let tokenVersion = row.int32(column + 8)
        else { return nil }
        self.init(
            id: UserID(id), username: username, displayName: displayName, createdAt: createdAt, email: email,
            isEmailVerified: isEmailVerified, provider: provider, isDisabled: isDisabled, tokenVersion: tokenVersion,
            passwordHash: row.text(column + 9))
    }
}
