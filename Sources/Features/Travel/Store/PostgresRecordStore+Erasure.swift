package import Model
package import Persistence

extension PostgresRecordStore {
    /// Lets nothing more come to the record of somebody who is being erased.
    package func withdraw(_ user: UserID) async throws(PostgresError) {
        _ = try await database.retryingQuery(RecordStatements.withdraw.with(user.rawValue))
    }

    /// Removes some of somebody's record, in one short transaction.
    ///
    /// - Parameter limit: The most rows.
    /// - Returns: How many rows went; none when there was nothing left.
    package func erase(_ user: UserID, limit: Int) async throws(PostgresError) -> Int {
        let result = try await database.retryingQuery(
            RecordStatements.erasePerson.with(user.rawValue, Int32(clamping: limit)))
        return Int(result[0].int64(0) ?? 0)
    }

    // MARK: With a device

    /// The times before `horizon` of which live locations may be gone, in order.
    package func gaps(of user: UserID, before horizon: Timestamp) async throws(PostgresError) -> [Range<Timestamp>] {
        try await database.query(RecordStatements.gaps.with(user.rawValue, horizon)).rows.compactMap { row in
            guard let since = row.timestamp(0), let until = row.timestamp(1), since < until else { return nil }
            return since..<until
        }
    }

    /// Marks to be read again what erased devices have left in somebody's record.
    package func takeUpErased(of user: UserID, horizon: Timestamp?) async throws(PostgresError) {
        _ = try await database.retryingQuery(RecordStatements.takeUpErased.with(user.rawValue, horizon))
    }

    /// Counts somebody's record anew, of which nothing is left to be read again: with its visits, so that it takes a second for
    /// a hundred thousand cells.
    ///
    /// - Throws: With SQLSTATE 40001 if the record is not that of `version`.
    package func finishErased(
        of user: UserID, at version: Int64, horizon: Timestamp?
    ) async throws(PostgresError) {
        _ = try await database.query(
            RecordStatements.finishErased.with(user.rawValue, version, horizon), timeout: .seconds(60))
    }

    /// In whose records a device has left something that was erased.
    package func people(leftBy device: DeviceID) async throws(PostgresError) -> [UserID] {
        try await database.query(RecordStatements.leftBy.with(device.rawValue)).rows
            .compactMap { $0.uniqueID(0).map { UserID($0) } }
    }
}
