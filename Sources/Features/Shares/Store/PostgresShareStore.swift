internal import Model
internal import Persistence

/// Shares in the schema of that name. Callable from any thread.
struct PostgresShareStore: Sendable {
    private let database: Database

    init(database: Database) { self.database = database }

    /// What came of making one.
    enum Making: String, Hashable, Sendable {
        case made
        /// The device is not the maker's, or not active.
        case notFound = "not_found"
        case tooMany = "too_many"
    }

    func make(
        _ share: Share, _ token: ShareToken, by user: UserID, note: AuditEntry
    ) async throws(DeviceStoreError) -> Making {
        let query = ShareStatements.make.with(
            share.id, token.hash, user.rawValue, share.device.rawValue, share.createdAt, share.expiresAt,
            Int32(ShareLimits.openShares))
        guard let making = try await run(query)[0].text(0).flatMap(Making.init) else {
            throw .failed(sqlState: "XX000")
        }
        guard making == .made else { return making }
        do throws(DeviceStoreError) {
            _ = try await run(PostgresAuditStore.noting(note))
        } catch {
            // Nobody has seen the link.
            _ = try? await run(ShareStatements.removal.with(share.id, user.rawValue))
            throw error
        }
        return making
    }

    /// Somebody's open shares, the newest first.
    func shares(of user: UserID, at now: Timestamp) async throws(DeviceStoreError) -> [Share] {
        try await run(ShareStatements.ofUser.with(user.rawValue, now)).rows.compactMap(Share.init)
    }

    /// Removes one of somebody's, and notes it.
    ///
    /// - Returns: Whether there was one.
    func remove(_ id: UniqueID, of user: UserID, note: AuditEntry) async throws(DeviceStoreError) -> Bool {
        guard try await run(ShareStatements.isOwn.with(id, user.rawValue)).rowCount == 1 else { return false }
        do throws(PostgresError) {
            let results = try await database.transaction([
                ShareStatements.removal.with(id, user.rawValue), PostgresAuditStore.noting(note),
            ])
            return results[0].affectedRows > 0
        } catch {
            throw DeviceStoreError(error)
        }
    }

    /// What a link shows; nothing if that is unknown, revoked, over, or of a device that is not active any more.
    func share(_ token: ShareToken, at now: Timestamp) async throws(DeviceStoreError) -> Share? {
        let result = try await run(ShareStatements.withToken.with(token.hash, now))
        return result.rowCount == 1 ? Share(row: result[0]) : nil
    }

    func removeExpired(at now: Timestamp) async throws(DeviceStoreError) -> Int {
        try await run(ShareStatements.removeExpired.with(now)).affectedRows
    }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }
}
