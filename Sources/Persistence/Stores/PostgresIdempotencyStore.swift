internal import Crypto
package import Model

/// Kept answers in `core.idempotency_keys`. Times are Postgres's, which all hubs share.
package final class PostgresIdempotencyStore: IdempotencyStore {
    private let database: Database

    package init(database: Database) { self.database = database }

    package func claim(
        _ request: IdempotentRequest, lease: Duration
    ) async throws(DeviceStoreError) -> IdempotencyClaim {
        let result = try await run(
            PostgresIdempotencyStore.claim.with(
                PostgresIdempotencyStore.hash(of: request), SHA256.hash(request.body), lease / .seconds(1),
                IdempotentAnswer.lifetime / .seconds(1)))
        guard result.rowCount == 1 else { throw .failed(sqlState: "XX000") }
        let row = result[0]
        switch row.text(0) {
        case "granted": return .granted(row.int64(1) ?? 0)
        case "answered": return .answered(IdempotentAnswer(status: Int(row.int32(2) ?? 0), body: row.bytes(3) ?? []))
        case "in_flight": return .inFlight
        default: return .otherBody
        }
    }

    package func keep(
        _ answer: IdempotentAnswer, for request: IdempotentRequest, claim: Int64
    ) async throws(DeviceStoreError) -> Bool {
        try await run(
            PostgresIdempotencyStore.keep.with(
                PostgresIdempotencyStore.hash(of: request), claim, Int32(answer.status), answer.body)
        ).affectedRows == 1
    }

    package func release(_ request: IdempotentRequest, claim: Int64) async throws(DeviceStoreError) {
        _ = try await run(
            PostgresIdempotencyStore.release.with(PostgresIdempotencyStore.hash(of: request), claim))
    }

    package func removeExpired(limit: Int) async throws(DeviceStoreError) -> Int {
        try await run(
            PostgresIdempotencyStore.removal.with(IdempotentAnswer.lifetime / .seconds(1), Int32(limit))
        ).affectedRows
    }

    /// Of caller, operation and key, each ended by a zero byte, which none of them holds.
    private static func hash(of request: IdempotentRequest) -> [UInt8] {
        SHA256.hash(Array(request.caller.utf8) + [0] + Array(request.operation.utf8) + [0] + Array(request.key.utf8))
    }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }

    static let claim = PostgresStatement(
        "core.claim_idempotency_key",
        """
        SELECT outcome, claim, status, body
        FROM core.claim_idempotency_key($1::bytea, $2::bytea, $3::double precision, $4::double precision)
        """)

    static let keep = PostgresStatement(
        "core.keep_idempotent_answer",
        """
        UPDATE core.idempotency_keys SET status = $3::int, body = $4::bytea, locked_until = NULL
        WHERE key_hash = $1::bytea AND claim = $2::bigint AND status IS NULL
        """)

    static let release = PostgresStatement(
        "core.release_idempotency_key",
        "DELETE FROM core.idempotency_keys WHERE key_hash = $1::bytea AND claim = $2::bigint AND status IS NULL")

    static let removal = PostgresStatement(
        "core.remove_idempotency_keys",
        """
        DELETE FROM core.idempotency_keys WHERE key_hash = ANY (ARRAY(
            SELECT key_hash FROM core.idempotency_keys
            WHERE created_at <= clock_timestamp() - make_interval(secs => $1::double precision)
            ORDER BY created_at LIMIT $2::int FOR UPDATE SKIP LOCKED))
        """)
}
