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

    /// What went with ``removeLocations(olderThan:at:)``.
    package struct Removal: Hashable, Sendable {
        package var rows = 0
        /// How many partitions went as a whole.
        package var partitions = 0

        package init(rows: Int = 0, partitions: Int = 0) {
            self.rows = rows
            self.partitions = partitions
        }
    }

    /// Removes what was received more than `days` ago (story 3.6): whole partitions, then batches of 10,000 rows. Each of
    /// them is a transaction of its own; after a batch three times as much time as it took is left to others.
    ///
    /// - Parameter days: 1 or more.
    /// - Throws: `PostgresError`, or `CancellationError` between two transactions; what is removed stays removed.
    package func removeLocations(olderThan days: Int, at now: Timestamp) async throws -> Removal {
        precondition(days >= 1, "locations are kept for a day at least")
        let cutoff = now.advanced(by: .seconds(-days * 86_400))
        var removal = Removal()
        while let rows = try await dropPartition(before: cutoff) {
            removal.rows += rows
            removal.partitions += 1
            try Task.checkCancellation()
        }
        for name in try await database.query(LocationUpkeep.old.with(cutoff), timeout: .seconds(60)).rows {
            removal.rows += try await removeRows(of: name.text(0) ?? "", before: cutoff)
        }
        return removal
    }

    /// Removes what one partition holds from before `cutoff`; returns how many rows went.
    private func removeRows(of partition: String, before cutoff: Timestamp) async throws -> Int {
        let batch: Int32 = 10_000
        var removed = 0
        var low: Timestamp?
        while true {
            let start = ContinuousClock.now
            let query = LocationUpkeep.delete.with(partition, low, cutoff, batch)
            let row = try await database.query(query, timeout: .seconds(60))[0]
            let count = Int(row.int64(0) ?? 0)
            removed += count
            if count < batch {
                // Once more from the beginning, for what does not lie in the order in which it came.
                if low == nil { return removed }
                low = nil
            } else {
                low = row.timestamp(1)
            }
            try await Task.sleep(for: start.duration(to: .now) * 3)
        }
    }

    /// Drops one partition; nothing if there is none to drop, or if readers and writers were in its way: its rows then go
    /// in batches, and it the next time.
    ///
    /// - Returns: How many rows it held.
    private func dropPartition(before cutoff: Timestamp) async throws -> Int? {
        for _ in 1...20 {
            do throws(PostgresError) {
                let result = try await database.query(LocationUpkeep.drop.with(cutoff), timeout: .seconds(60))
                return result[0].int64(0).map { Int($0) }
            } catch {
                guard error.sqlState == .lockNotAvailable || error.sqlState == .deadlockDetected else { throw error }
            }
            try await Task.sleep(for: .milliseconds(250))
        }
        return nil
    }

    /// Brings `core.group_member_counts` up to date without shutting readers out (story 3.9).
    package func refreshGroupMemberCounts() async throws(PostgresError) {
        _ = try await database.query(PostgresQuery(LocationUpkeep.refresh), timeout: .seconds(120))
    }

    /// Partitions come under locks that a long reader may hold up; then the statement gives up by itself.
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
        "core.drop_oldest_location_partition", "SELECT core.drop_oldest_location_partition($1::timestamptz)")

    static let old = PostgresStatement(
        "core.location_partitions_before", "SELECT * FROM core.location_partitions_before($1::timestamptz)")

    static let delete = PostgresStatement(
        "core.delete_location_batch_of",
        """
        SELECT removed, newest
        FROM core.delete_location_batch_of($1::text, $2::timestamptz, $3::timestamptz, $4::int)
        """)

    static let refresh = PostgresStatement(
        "core.refresh_group_member_counts", "REFRESH MATERIALIZED VIEW CONCURRENTLY core.group_member_counts")
}
