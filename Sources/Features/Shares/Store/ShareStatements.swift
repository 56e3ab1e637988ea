internal import Persistence

/// The statements of ``PostgresShareStore``.
enum ShareStatements {
    static let make = PostgresStatement(
        "shares.make",
        """
        SELECT shares.make(
            $1::uuid, $2::bytea, $3::uuid, $4::uuid, $5::timestamptz, $6::timestamptz, $7::int)
        """)

    /// Those of $1 that are open at $2, the newest first.
    static let ofUser = PostgresStatement(
        "shares.of_user",
        """
        SELECT s.id, s.device_id, s.created_at, s.expires_at FROM shares.shares s
        WHERE s.user_id = $1::uuid AND s.expires_at > $2::timestamptz ORDER BY s.id DESC
        """)

    /// Whether $2 has a share $1.
    static let isOwn = PostgresStatement(
        "shares.is_own", "SELECT FROM shares.shares WHERE id = $1::uuid AND user_id = $2::uuid")

    static let removal = PostgresStatement(
        "shares.remove", "DELETE FROM shares.shares WHERE id = $1::uuid AND user_id = $2::uuid")

    /// What the link with hash $1 shows at $2: nothing unless the device is active and its maker's, whose account is open.
    static let withToken = PostgresStatement(
        "shares.with_token",
        """
        SELECT s.id, s.device_id, s.created_at, s.expires_at FROM shares.shares s
        JOIN core.devices d ON d.device_id = s.device_id AND d.active AND d.owner_id = s.user_id
        JOIN core.users u ON u.id = s.user_id AND u.disabled_at IS NULL
        WHERE s.token_hash = $1::bytea AND s.expires_at > $2::timestamptz
        """)

    static let removeExpired = PostgresStatement(
        "shares.remove_expired", "DELETE FROM shares.shares WHERE expires_at <= $1::timestamptz")
}
