package import Model

/// What the tables of locations need from time to time: partitions ahead of the fixes, and an end for old ones.
package struct LocationUpkeep: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// Makes the partitions for every fix the live routes take around `now` (8 days back, 8 ahead). At start, and then
    /// daily or oftener. Returns how many were made.
    package func ensurePartitions(around now: Timestamp) async throws(PostgresError) -> Int {
        let query = LocationUpkeep.ensure.with(
            now.advanced(by: .seconds(-8 * 86_400)), now.advanced(by: .seconds(8 * 86_400)))
        let result = try await retryingDDL(query)
        return Int(result[0].int32(0) ?? 0)
    }

    /// Removes what was received more than `days` ago (story 3.6): whole partitions, then batches of 10,000 rows that
    /// commit one by one. Returns how many rows went.
    ///
    /// - Parameter days: 1 or more.
    package func removeLocations(olderThan days: Int, at now: Timestamp) async throws(PostgresError) -> Int {
        precondition(days >= 1, "locations are kept for a day at least")
        let cutoff = now.advanced(by: .seconds(-days * 86_400))
        var removed = Int(try await retryingDDL(LocationUpkeep.drop.with(cutoff))[0].int64(0) ?? 0)
        let batch: Int32 = 10_000
        while true {
            let result = try await database.query(LocationUpkeep.delete.with(cutoff, batch), timeout: .seconds(60))
            let count = Int(result[0].int64(0) ?? 0)
            removed += count
            if count < batch { return removed }
        }
    }

    /// Brings `core.group_member_counts` up to date without shutting readers out (story 3.9).
    package func refreshGroupMemberCounts() async throws(PostgresError) {
        _ = try await database.query(PostgresQuery(LocationUpkeep.refresh), timeout: .seconds(120))
    }

    /// Partitions come and go under locks that a long reader may hold up; then the statement gives up by itself.
    private func retryingDDL(_ query: PostgresQuery) async throws(PostgresError) -> PostgresResult {
        for _ in 1...3 {
            do throws(PostgresError) {
                return try await database.query(query, timeout: .seconds(60))
            } catch {
                guard error.sqlState == .lockNotAvailable || error.sqlState == .deadlockDetected else { throw error }
            }
        }
        return try await database.query(query, timeout: .seconds(60))
    }

    static let ensure = PostgresStatement(
        "core.ensure_location_partitions",
        """
        SELECT core.ensure_location_partitions(
            ($1::timestamptz AT TIME ZONE 'UTC')::date, ($2::timestamptz AT TIME ZONE 'UTC')::date)
        """)

    static let drop = PostgresStatement(
        "core.drop_old_location_partitions", "SELECT core.drop_old_location_partitions($1::timestamptz)")

    static let delete = PostgresStatement(
        "core.delete_location_batch", "SELECT core.delete_location_batch($1::timestamptz, $2::int)")

    static let refresh = PostgresStatement(
        "core.refresh_group_member_counts", "REFRESH MATERIALIZED VIEW CONCURRENTLY core.group_member_counts")
}
