internal import Crypto
package import Model

/// API keys in `core.api_keys`.
package final class PostgresAPIKeyStore: APIKeyStore {
    private let database: Database

    package init(database: Database) { self.database = database }

    package func key(hash: [UInt8]) async throws(DeviceStoreError) -> APIKey? {
        try await keys(PostgresAPIKeyStore.find.with(hash)).first
    }

    package func key(id: APIKeyID) async throws(DeviceStoreError) -> APIKey? {
        try await keys(PostgresAPIKeyStore.findByID.with(id.rawValue)).first
    }

    package func insert(_ key: APIKey, hash: [UInt8]) async throws(DeviceStoreError) {
        _ = try await keys(
            PostgresAPIKeyStore.insert.with(
                key.id.rawValue, hash, key.prefix, key.name, key.isAdmin, key.isActive, key.createdAt, key.expiresAt,
                key.lastUsedAt))
    }

    package func list() async throws(DeviceStoreError) -> [APIKey] {
        try await keys(PostgresQuery(PostgresAPIKeyStore.all))
    }

    package func revoke(idOrPrefix: String, at now: Timestamp) async throws(DeviceStoreError) -> [APIKey] {
        try await keys(PostgresAPIKeyStore.revocation.with(UniqueID(idOrPrefix), idOrPrefix))
    }

    package func touch(_ uses: [APIKeyID: Timestamp]) async throws(DeviceStoreError) {
        guard !uses.isEmpty else { return }
        var parameters = PostgresParameters()
        parameters.append(column: uses) { $0.key.rawValue }
        parameters.append(column: uses) { $0.value }
        _ = try await keys(PostgresQuery(PostgresAPIKeyStore.touching, parameters))
    }

    /// The statement that puts a key into another hub's database (story 4.9, criterion 3); running it again is harmless.
    package static func statement(inserting key: APIKey, hash: [UInt8]) -> String {
        let expiry = key.expiresAt.map { "to_timestamp(\($0.milliseconds) / 1000.0)" } ?? "NULL"
        return """
            INSERT INTO core.api_keys (id, key_hash, key_prefix, name, is_admin, expires_at)
            VALUES ('\(key.id)', '\\x\(Hexadecimal.encode(hash))', '\(key.prefix)', \
            '\(key.name.replacing("'", with: "''"))', \(key.isAdmin), \(expiry)) ON CONFLICT DO NOTHING;
            """
    }

    private func keys(_ query: PostgresQuery) async throws(DeviceStoreError) -> [APIKey] {
        do throws(PostgresError) {
            return try await database.retryingQuery(query).rows.compactMap(APIKey.init)
        } catch {
            throw DeviceStoreError(error)
        }
    }

    private static let columns = "id, key_prefix, name, is_admin, is_active, created_at, expires_at, last_used_at"

    static let find = PostgresStatement(
        "core.find_api_key", "SELECT \(columns) FROM core.api_keys WHERE key_hash = $1::bytea")

    static let findByID = PostgresStatement(
        "core.find_api_key_by_id", "SELECT \(columns) FROM core.api_keys WHERE id = $1::uuid")

    static let insert = PostgresStatement(
        "core.insert_api_key",
        """
        INSERT INTO core.api_keys (
            id, key_hash, key_prefix, name, is_admin, is_active, created_at, expires_at, last_used_at)
        VALUES (
            $1::uuid, $2::bytea, $3::text, $4::text, $5::boolean, $6::boolean, $7::timestamptz, $8::timestamptz,
            $9::timestamptz)
        """)

    static let all = PostgresStatement(
        "core.list_api_keys", "SELECT \(columns) FROM core.api_keys ORDER BY created_at DESC, id DESC")

    static let revocation = PostgresStatement(
        "core.revoke_api_keys",
        """
        UPDATE core.api_keys SET is_active = false
        WHERE is_active AND (id = $1::uuid OR ($1::uuid IS NULL AND key_prefix = $2::text)) RETURNING \(columns)
        """)

    static let touching = PostgresStatement(
        "core.touch_api_keys",
        """
        WITH used AS MATERIALIZED (
            SELECT k.id, g.moment
            FROM unnest($1::uuid[], $2::timestamptz[]) AS g(id, moment) JOIN core.api_keys k USING (id)
            WHERE k.last_used_at IS NULL OR k.last_used_at < g.moment ORDER BY k.id FOR NO KEY UPDATE OF k
        )
        UPDATE core.api_keys k SET last_used_at = used.moment FROM used
        WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at < used.moment)
        """)
}

extension APIKey {
    init?(row: PostgresRow) {
        guard let id = row.uniqueID(0), let prefix = row.text(1), let name = row.text(2), let isAdmin = row.bool(3),
            let isActive = row.bool(4), let createdAt = row.timestamp(5)
        else { return nil }
        self.init(
            id: APIKeyID(id), prefix: prefix, name: name, isAdmin: isAdmin, isActive: isActive, createdAt: createdAt,
            expiresAt: row.timestamp(6), lastUsedAt: row.timestamp(7))
    }
}
