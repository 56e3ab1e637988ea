internal import Model
internal import Persistence

/// Signing keys in `accounts.signing_keys`. Callable from any thread.
struct SigningKeyStore: Sendable {
    let database: Database

    /// Every key, the oldest turn first; a handful.
    func all() async throws(PostgresError) -> [SigningKeyRow] {
        try await database.query(PostgresQuery(SigningKeyStore.list)).rows.compactMap(SigningKeyRow.init)
    }

    /// Adds `key` unless another hub with the same master key has added one since `newest` was the last.
    func add(_ key: SigningKeyRow, after newest: Timestamp?) async throws(PostgresError) {
        _ = try await database.transaction([
            SigningKeyStore.lock.with(SigningKeyStore.lockNumber),
            SigningKeyStore.insert.with(
                key.id, key.publicKey, key.sealedKey, key.sealedBy, key.createdAt, key.signsFrom, newest),
        ])
    }

    /// Removes keys whose successor has signed for longer than any token lives, and those of master keys that no hub has
    /// had for more than a year.
    ///
    /// - Returns: How many.
    func removeSuperseded(at now: Timestamp) async throws(PostgresError) -> Int {
        try await database.query(
            SigningKeyStore.removal.with(
                now.advanced(by: .zero - SigningKeyStore.overlap), now.advanced(by: .zero - .seconds(400 * 86_400)))
        ).affectedRows
    }

    /// How long a key checks after its successor's turn; longer than an access token may live.
    static let overlap = Duration.seconds(2 * 86_400)

    /// Hubs that start at one moment add one after the other: what the second looks at has the first one's key in it. Without,
    /// each had a key that the other heard of seconds later, and refused the tokens of until then.
    static let lock = PostgresStatement("accounts.lock_signing_keys", "SELECT pg_advisory_xact_lock($1::bigint)")

    /// "keys", in ASCII; this database's own, as the migrations' is.
    private static let lockNumber: Int64 = 0x6B65_7973

    static let list = PostgresStatement(
        "accounts.list_signing_keys",
        """
        SELECT id, public_key, sealed_key, sealed_by, created_at, signs_from
        FROM accounts.signing_keys ORDER BY signs_from, id
        """)

    static let insert = PostgresStatement(
        "accounts.insert_signing_key",
        """
        INSERT INTO accounts.signing_keys (id, public_key, sealed_key, sealed_by, created_at, signs_from)
        SELECT $1::text, $2::bytea, $3::bytea, $4::bytea, $5::timestamptz, $6::timestamptz
        WHERE NOT EXISTS (
            SELECT FROM accounts.signing_keys
            WHERE sealed_by = $4::bytea AND signs_from > coalesce($7::timestamptz, '-infinity'))
        ON CONFLICT DO NOTHING
        """)

    static let removal = PostgresStatement(
        "accounts.remove_signing_keys",
        """
        DELETE FROM accounts.signing_keys k
        WHERE k.signs_from <= $2::timestamptz OR EXISTS (
            SELECT FROM accounts.signing_keys n
            WHERE n.sealed_by = k.sealed_by AND n.signs_from > k.signs_from AND n.signs_from <= $1::timestamptz)
        """)
}
