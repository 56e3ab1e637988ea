internal import Model
internal import Persistence

/// `accounts.second_factors` and `accounts.recovery_codes`.
struct SecondFactorStore: Sendable {
    let database: Database

    /// What a guess is looked at against.
    enum Claim: Hashable, Sendable {
        case none
        case locked(until: Timestamp)
        case guess(sealed: [UInt8], lastStep: Int64?)
    }

    /// Wrong guesses before the factor is locked.
    static let freeGuesses: Int32 = 5
    /// Seconds of the first lock; each further guess doubles it, up to ``longestLock``.
    static let firstLock: Int32 = 30
    static let longestLock: Int32 = 3_600

    func isConfirmed(_ user: UserID) async throws(DeviceStoreError) -> Bool {
        try await run(SecondFactorStore.confirmed.with(user.rawValue)).rowCount == 1
    }

    /// - Returns: Whether it was stored; not over one that is confirmed.
    func begin(_ user: UserID, sealed: [UInt8], codes: [[UInt8]], at now: Timestamp) async throws(DeviceStoreError)
        -> Bool
    {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(sealed)
        parameters.append(now)
        let results = try await transaction([
            PostgresQuery(SecondFactorStore.insert, parameters),
            SecondFactorStore.removePendingCodes.with(user.rawValue),
            codesQuery(SecondFactorStore.insertPendingCodes, user, codes),
        ])
        return results[0].affectedRows == 1
    }

    /// Counts a guess, and tells what it is a guess at.
    func claimGuess(of user: UserID, isConfirmed: Bool, at now: Timestamp) async throws(DeviceStoreError) -> Claim {
        let rows = try await run(
            SecondFactorStore.claim.with(
                user.rawValue, isConfirmed, now, SecondFactorStore.freeGuesses, SecondFactorStore.firstLock,
                SecondFactorStore.longestLock))
        guard rows.rowCount == 1, let sealed = rows[0].bytes(0) else { return .none }
        if let until = rows[0].timestamp(2), now < until { return .locked(until: until) }
        return .guess(sealed: sealed, lastStep: rows[0].int64(1))
    }

    /// Takes a step's code, forgets the guesses before it, and confirms the factor.
    ///
    /// - Returns: Whether it was not taken before.
    func accept(_ step: Int64, of user: UserID, at now: Timestamp) async throws(DeviceStoreError) -> Bool {
        try await run(SecondFactorStore.acceptance.with(user.rawValue, step, now)).affectedRows == 1
    }

    /// - Returns: Whether there was such a code; now there is none.
    func spend(_ code: [UInt8], of user: UserID) async throws(DeviceStoreError) -> Bool {
        try await run(SecondFactorStore.spending.with(user.rawValue, code)).affectedRows == 1
    }

    /// - Returns: Whether there is a confirmed factor; without one nothing happens.
    func replaceCodes(of user: UserID, with codes: [[UInt8]]) async throws(DeviceStoreError) -> Bool {
        let results = try await transaction([
            SecondFactorStore.removeCodes.with(user.rawValue),
            codesQuery(SecondFactorStore.insertCodes, user, codes),
        ])
        return results[1].affectedRows > 0
    }

    /// Takes it away and notes who did, both or neither.
    func remove(_ user: UserID, noting entry: AuditEntry) async throws(DeviceStoreError) {
        _ = try await transaction([
            SecondFactorStore.removal.with(user.rawValue), PostgresAuditStore.noting(entry),
        ])
    }

    func remove(_ user: UserID) async throws(DeviceStoreError) {
        _ = try await run(SecondFactorStore.removal.with(user.rawValue))
    }

    private func codesQuery(_ statement: PostgresStatement, _ user: UserID, _ codes: [[UInt8]]) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(column: codes) { $0 }
        return PostgresQuery(statement, parameters)
    }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }

    private func transaction(_ queries: [PostgresQuery]) async throws(DeviceStoreError) -> [PostgresResult] {
        do throws(PostgresError) {
            return try await database.transaction(queries)
        } catch {
            throw DeviceStoreError(error)
        }
    }

    // MARK: SQL

    static let confirmed = PostgresStatement(
        "accounts.has_second_factor",
        "SELECT 1 FROM accounts.second_factors WHERE user_id = $1::uuid AND confirmed_at IS NOT NULL")

    static let insert = PostgresStatement(
        "accounts.begin_second_factor",
        """
        INSERT INTO accounts.second_factors AS f (user_id, sealed_secret, created_at)
        VALUES ($1::uuid, $2::bytea, $3::timestamptz)
        ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = excluded.created_at
        WHERE f.confirmed_at IS NULL
        """)

    static let removePendingCodes = PostgresStatement(
        "accounts.remove_pending_recovery_codes",
        """
        DELETE FROM accounts.recovery_codes c USING accounts.second_factors f
        WHERE c.user_id = $1::uuid AND f.user_id = $1::uuid AND f.confirmed_at IS NULL
        """)

    static let insertPendingCodes = PostgresStatement(
        "accounts.insert_pending_recovery_codes",
        """
        INSERT INTO accounts.recovery_codes (user_id, code_hash)
        SELECT f.user_id, c.hash FROM accounts.second_factors f, unnest($2::bytea[]) AS c(hash)
        WHERE f.user_id = $1::uuid AND f.confirmed_at IS NULL
        """)

    /// The lock is set with the guess that reaches the limit, and taken away again if that was right.
    static let claim = PostgresStatement(
        "accounts.claim_second_factor_guess",
        """
        WITH factor AS MATERIALIZED (
            SELECT user_id, sealed_secret, last_step, guesses, locked_until FROM accounts.second_factors
            WHERE user_id = $1::uuid AND (confirmed_at IS NOT NULL) = $2::boolean FOR UPDATE
        ), counted AS (
            UPDATE accounts.second_factors f SET guesses = least(factor.guesses + 1, 1000), locked_until = CASE
                WHEN factor.guesses + 1 >= $4::int4 THEN $3::timestamptz + make_interval(
                    secs => least($5::int4 * 2.0 ^ least(factor.guesses + 1 - $4::int4, 20), $6::int4))
                END
            FROM factor WHERE f.user_id = factor.user_id
                AND (factor.locked_until IS NULL OR factor.locked_until <= $3::timestamptz)
        )
        SELECT sealed_secret, last_step, locked_until FROM factor
        """)

    static let acceptance = PostgresStatement(
        "accounts.accept_second_factor",
        """
        UPDATE accounts.second_factors
        SET last_step = $2::int8, guesses = 0, locked_until = NULL, confirmed_at = coalesce(confirmed_at, $3::timestamptz)
        WHERE user_id = $1::uuid AND coalesce(last_step, -1) < $2::int8
        """)

    static let spending = PostgresStatement(
        "accounts.spend_recovery_code",
        """
        WITH spent AS (
            DELETE FROM accounts.recovery_codes WHERE user_id = $1::uuid AND code_hash = $2::bytea RETURNING user_id
        )
        UPDATE accounts.second_factors f SET guesses = 0, locked_until = NULL FROM spent WHERE f.user_id = spent.user_id
        """)

    static let removeCodes = PostgresStatement(
        "accounts.remove_recovery_codes",
        """
        DELETE FROM accounts.recovery_codes c USING accounts.second_factors f
        WHERE c.user_id = $1::uuid AND f.user_id = c.user_id AND f.confirmed_at IS NOT NULL
        """)

    static let insertCodes = PostgresStatement(
        "accounts.insert_recovery_codes",
        """
        INSERT INTO accounts.recovery_codes (user_id, code_hash)
        SELECT f.user_id, c.hash FROM accounts.second_factors f, unnest($2::bytea[]) AS c(hash)
        WHERE f.user_id = $1::uuid AND f.confirmed_at IS NOT NULL
        """)

    static let removal = PostgresStatement(
        "accounts.remove_second_factor", "DELETE FROM accounts.second_factors WHERE user_id = $1::uuid")
}
