package import Model

/// The audit log in `core.audit_log`, which takes additions only.
package struct PostgresAuditStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// Adds entries, and returns when they are committed. What is done together with an entry writes it in its own
    /// statement (``PostgresCustodyStore``).
    package func note(_ entries: [AuditEntry]) async throws(DeviceStoreError) {
        guard !entries.isEmpty else { return }
        do throws(PostgresError) {
            _ = try await database.query(AuditStatements.noting(entries))
        } catch {
            throw DeviceStoreError(error)
        }
    }

    /// Adds an entry in a transaction with what it tells of.
    package static func noting(_ entry: AuditEntry) -> PostgresQuery { AuditStatements.noting([entry]) }

    /// Where a page ended.
    package struct Position: Hashable, Sendable {
        package var at: Timestamp
        package var id: Int64

        package init(at: Timestamp, id: Int64) {
            self.at = at
            self.id = id
        }
    }

    /// Entries of a time, the newest first.
    ///
    /// - Parameters:
    ///   - from: The first moment; no bound if `nil`.
    ///   - to: The first moment after; no bound if `nil`.
    ///   - position: Where the page before ended.
    package func page(
        from: Timestamp?, to: Timestamp?, after position: Position?, limit: Int
    ) async throws(DeviceStoreError) -> [StoredAuditEntry] {
        let query = AuditStatements.page.with(
            from.map(PostgresMoment.init) ?? .past, to.map(PostgresMoment.init) ?? .future,
            position.map { PostgresMoment($0.at) } ?? .future, position?.id ?? Int64.max, Int32(clamping: limit))
        do throws(PostgresError) {
            return try await database.query(query).rows.compactMap(StoredAuditEntry.init)
        } catch {
            throw DeviceStoreError(error)
        }
    }

    /// Removes entries from before `cutoff`, in batches that commit one by one; returns how many went.
    package func removeEntries(before cutoff: Timestamp) async throws(PostgresError) -> Int {
        let batch: Int32 = 10_000
        var removed = 0
        while true {
            let query = AuditStatements.removal.with(cutoff, batch)
            let count = Int(try await database.query(query, timeout: .seconds(60))[0].int64(0) ?? 0)
            removed += count
            if count < batch { return removed }
        }
    }

    /// Forgets which devices were erased before `cutoff`. No hub may hold anything any more that they reported.
    package func forgetErasures(before cutoff: Timestamp) async throws(PostgresError) -> Int {
        try await database.query(AuditStatements.forgetErasures.with(cutoff), timeout: .seconds(60)).affectedRows
    }
}
