internal import Model
internal import Persistence

/// Phones' tokens in the `phones` schema. Callable from any thread.
struct PostgresPhoneTokenStore: Sendable {
    private let database: Database

    init(database: Database) { self.database = database }

    /// Makes a token the device's, in place of the one it had, and notes it.
    ///
    /// - Returns: Whether there is such a device.
    func replace(
        _ token: PhoneToken, of device: DeviceID, note: AuditEntry
    ) async throws(DeviceStoreError) -> Bool {
        try await run(PhoneTokenStatements.replace.with(device.rawValue, token.hash, note.at), noting: note)
    }

    /// When the device's token was made; nothing if it has none.
    func createdAt(of device: DeviceID) async throws(DeviceStoreError) -> Timestamp? {
        let result = try await run(PhoneTokenStatements.createdAt.with(device.rawValue))
        return result.rowCount == 1 ? result[0].timestamp(0) : nil
    }

    /// Takes the device's token away, and notes it.
    ///
    /// - Returns: Whether it had one.
    func remove(of device: DeviceID, note: AuditEntry) async throws(DeviceStoreError) -> Bool {
        try await run(PhoneTokenStatements.removal.with(device.rawValue), noting: note)
    }

    /// Whose token it is; nothing for one that opens nothing.
    func device(_ token: PhoneToken) async throws(DeviceStoreError) -> DeviceID? {
        let result = try await run(PhoneTokenStatements.device.with(token.hash))
        return result.rowCount == 1 ? result[0].uniqueID(0).map(DeviceID.init) : nil
    }

    /// - Returns: Whether anything changed.
    private func run(
        _ query: PostgresQuery, noting note: AuditEntry
    ) async throws(DeviceStoreError) -> Bool {
        do throws(PostgresError) {
            return try await database.transaction([query, PostgresAuditStore.noting(note)])[0].affectedRows > 0
        } catch {
            throw DeviceStoreError(error)
        }
    }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }
}
