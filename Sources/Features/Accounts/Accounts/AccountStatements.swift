internal import Persistence

/// The statements of ``PostgresAccountStore``.
enum AccountStatements {
    private static let joined =
        "SELECT \(Account.columns) FROM accounts.credentials c JOIN core.users u ON u.id = c.user_id"

    /// $1 user, $2 name, $3 its key, $4 display name, $5 now, $6 address, $7 its key, $8 hash, $9 sign-in, $10 token,
    /// $11 expiry, $12 network address, $13 user agent, $14 to $17 device. Foreign keys are looked at when all is there.
    static let register = PostgresStatement(
        "accounts.register",
        """
        WITH person AS (
            INSERT INTO core.users (id, username, username_key, display_name, created_at, updated_at)
            VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::timestamptz, $5::timestamptz)
        ), login AS (
            INSERT INTO accounts.credentials (
                user_id, email, email_key, password_hash, password_changed_at, last_sign_in_at)
            VALUES ($1::uuid, $6::text, $7::text, $8::text, $5::timestamptz, $5::timestamptz)
        ), entry AS (
            INSERT INTO accounts.sign_ins (
                id, user_id, created_at, last_used_at, expires_at, client_address, user_agent, device_name, platform,
                app_version, push_token)
            VALUES ($9::uuid, $1::uuid, $5::timestamptz, $5::timestamptz, $11::timestamptz, $12::text, $13::text,
                $14::text, $15::text, $16::text, $17::text)
        )
        INSERT INTO accounts.refresh_tokens (token_hash, sign_in_id, issued_at, expires_at)
        VALUES ($10::bytea, $9::uuid, $5::timestamptz, $11::timestamptz)
        """)

    static let byEmail = PostgresStatement("accounts.find_by_email", "\(joined) WHERE c.email_key = $1::text")
    static let byUsername = PostgresStatement("accounts.find_by_username", "\(joined) WHERE u.username_key = $1::text")
    static let byID = PostgresStatement("accounts.find", "\(joined) WHERE c.user_id = $1::uuid")

    /// $2 display name, $3 name, $4 its key; what is null stays.
    static let changeProfile = PostgresStatement(
        "accounts.change_profile",
        """
        UPDATE core.users SET display_name = coalesce($2::text, display_name), username = coalesce($3::text, username),
            username_key = coalesce($4::text, username_key), updated_at = $5::timestamptz
        WHERE id = $1::uuid
        """)

    static let changePassword = PostgresStatement(
        "accounts.change_password",
        "SELECT ended FROM accounts.change_password($1::uuid, $2::int, $3::text, $4::uuid, $5::timestamptz)")

    /// The same password, hashed as one does now; nothing if it was changed meanwhile.
    static let rehash = PostgresStatement(
        "accounts.rehash",
        """
        UPDATE accounts.credentials SET password_hash = $3::text WHERE user_id = $1::uuid AND token_version = $2::int
        """)

    static let close = PostgresStatement(
        "accounts.close", "SELECT ended FROM accounts.close($1::uuid, $2::timestamptz)")

    // MARK: Attempts

    static let attempt = PostgresStatement(
        "accounts.attempt", "SELECT accounts.attempt($1::bytea[], $2::int[], $3::timestamptz)")
    static let forgetAttempts = PostgresStatement(
        "accounts.forget_attempts", "DELETE FROM accounts.attempts WHERE subject = ANY ($1::bytea[])")

    // MARK: Upkeep

    // An array, so that each row is looked up: a join would read the whole table for a large batch.

    static let removeAttempts = PostgresStatement(
        "accounts.remove_old_attempts",
        """
        DELETE FROM accounts.attempts WHERE subject = ANY (ARRAY(
            SELECT a.subject FROM accounts.attempts a WHERE a.tried_at < $1::timestamptz ORDER BY a.tried_at
            LIMIT $2::int FOR UPDATE SKIP LOCKED))
        """)
    static let removeSignIns = PostgresStatement(
        "accounts.remove_expired_sign_ins",
        """
        DELETE FROM accounts.sign_ins WHERE id = ANY (ARRAY(
            SELECT s.id FROM accounts.sign_ins s WHERE s.expires_at < $1::timestamptz ORDER BY s.expires_at
            LIMIT $2::int FOR UPDATE SKIP LOCKED))
        """)
    static let removeTokens = PostgresStatement(
        "accounts.remove_expired_refresh_tokens",
        """
        DELETE FROM accounts.refresh_tokens WHERE token_hash = ANY (ARRAY(
            SELECT t.token_hash FROM accounts.refresh_tokens t WHERE t.expires_at < $1::timestamptz
            ORDER BY t.expires_at LIMIT $2::int FOR UPDATE SKIP LOCKED))
        """)
}
