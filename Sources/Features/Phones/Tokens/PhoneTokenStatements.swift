internal import Persistence

/// The statements of ``PostgresPhoneTokenStore``.
enum PhoneTokenStatements {
    /// $1 device, $2 hash, $3 now. The one from before opens nothing any more.
    static let replace = PostgresStatement(
        "phones.replace_token",
        """
        INSERT INTO phones.tokens AS t (device_id, token_hash, created_at)
        SELECT d.device_id, $2::bytea, $3::timestamptz FROM core.devices d WHERE d.device_id = $1::uuid
        ON CONFLICT (device_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at
        """)

    static let createdAt = PostgresStatement(
        "phones.token_of_device", "SELECT created_at FROM phones.tokens WHERE device_id = $1::uuid")

    static let removal = PostgresStatement(
        "phones.remove_token", "DELETE FROM phones.tokens WHERE device_id = $1::uuid")

    /// Whose token has hash $1: nobody's while the account of the device's owner is shut. A device of nobody's has none.
    static let device = PostgresStatement(
        "phones.device_of_token",
        """
        SELECT t.device_id FROM phones.tokens t
        JOIN core.devices d ON d.device_id = t.device_id
        LEFT JOIN core.users u ON u.id = d.owner_id
        WHERE t.token_hash = $1::bytea AND u.disabled_at IS NULL
        """)
}
