internal import Persistence

/// The statements of ``PostgresSignInStore``.
enum SignInStatements {
    static let begin = PostgresStatement(
        "accounts.begin_sign_in",
        """
        SELECT ended FROM accounts.begin_sign_in($1::uuid, $2::int, $3::uuid, $4::bytea, $5::timestamptz,
            $6::timestamptz, $7::text, $8::text, $9::text, $10::text, $11::text, $12::text, $13::int, $14::bytea[])
        """)

    /// $1 token, $2 successor, $3 the successor sealed, $4 now, $5 seconds of grace, $6 expiry, $7 address, $8 user agent.
    static let rotate = PostgresStatement(
        "accounts.rotate",
        """
        SELECT r.outcome, r.sign_in, r.answer, EXISTS (
            SELECT FROM accounts.second_factors f WHERE f.user_id = r.owner_id AND f.confirmed_at IS NOT NULL),
            \(Account.columns)
        FROM accounts.rotate($1::bytea, $2::bytea, $3::bytea, $4::timestamptz, make_interval(secs => $5::float8),
            $6::timestamptz, $7::text, $8::text) r
        LEFT JOIN core.users u ON u.id = r.owner_id LEFT JOIN accounts.credentials c ON c.user_id = r.owner_id
        """)

    /// What an access token is looked at against; no row once the sign-in has ended.
    static let state = PostgresStatement(
        "accounts.sign_in_state",
        """
        SELECT s.user_id, c.token_version, s.expires_at FROM accounts.sign_ins s
        JOIN accounts.credentials c ON c.user_id = s.user_id
        WHERE s.id = $1::uuid AND s.ended_at IS NULL AND c.disabled_at IS NULL
        """)

    static let begun = PostgresStatement(
        "accounts.has_sign_in_begun",
        """
        SELECT 1 FROM accounts.sign_ins WHERE id = $1::uuid AND ended_at IS NULL AND created_at > $2::timestamptz
        """)

    static let ended = PostgresStatement(
        "accounts.ended_sign_ins",
        """
        SELECT asked.id FROM unnest($1::uuid[]) AS asked(id) WHERE NOT EXISTS (
            SELECT FROM accounts.sign_ins s JOIN accounts.credentials c ON c.user_id = s.user_id
            WHERE s.id = asked.id AND s.ended_at IS NULL AND s.expires_at > $2::timestamptz AND c.disabled_at IS NULL)
        """)

    /// Those after $4 in the list, the newest first.
    static let list = PostgresStatement(
        "accounts.list_sign_ins",
        """
        SELECT \(SignIn.columns) FROM accounts.sign_ins s
        WHERE s.user_id = $1::uuid AND s.ended_at IS NULL AND s.expires_at > $2::timestamptz AND s.id < $3::uuid
        ORDER BY s.id DESC LIMIT $4::int
        """)

    /// $2 the one that ends, $3 the one that stays.
    static let end = PostgresStatement(
        "accounts.end_sign_ins",
        "SELECT id FROM accounts.end_sign_ins($1::uuid, $2::uuid, $3::uuid, $4::timestamptz) AS e(id)")

    /// By its refresh token, spent or not.
    static let endByToken = PostgresStatement(
        "accounts.end_sign_in_by_token",
        """
        UPDATE accounts.sign_ins s SET ended_at = $2::timestamptz, expires_at = least(s.expires_at, $2::timestamptz)
        FROM accounts.refresh_tokens t WHERE t.token_hash = $1::bytea AND s.id = t.sign_in_id AND s.ended_at IS NULL
        RETURNING s.id
        """)

    /// $3, $5, $7 and $9 say whether the value after each is taken.
    static let changeDevice = PostgresStatement(
        "accounts.change_sign_in_device",
        """
        UPDATE accounts.sign_ins SET
            device_name = CASE WHEN $3::boolean THEN $4::text ELSE device_name END,
            platform = CASE WHEN $5::boolean THEN $6::text ELSE platform END,
            app_version = CASE WHEN $7::boolean THEN $8::text ELSE app_version END,
            push_token = CASE WHEN $9::boolean THEN $10::text ELSE push_token END
        WHERE id = $1::uuid AND user_id = $2::uuid AND ended_at IS NULL
        RETURNING device_name, platform, app_version, push_token
        """)
}
