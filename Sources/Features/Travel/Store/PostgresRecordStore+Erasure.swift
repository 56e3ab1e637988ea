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
}
