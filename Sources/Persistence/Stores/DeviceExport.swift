package import Model

/// Everything that is stored of one device, read page by page from one snapshot.
package struct DeviceExport: Sendable {
    package let device: Device
    /// What push notifications are sent to, if any.
    package let pushToken: String?
    /// What was done with its data, the newest first, at most ``auditEntries``.
    package let audit: [StoredAuditEntry]
    private let connection: PostgresConnection

    package static let auditEntries: Int32 = 1000

    /// A location as it is kept.
    package struct Location: Sendable {
        package var fix: Fix
        package var receivedAt: Timestamp

        package init(fix: Fix, receivedAt: Timestamp) {
            self.fix = fix
            self.receivedAt = receivedAt
        }
    }

    /// Locations, the oldest first, and where the next page begins. They are read when they are asked for.
    package struct Page: Sendable {
        fileprivate let result: PostgresResult
        package let last: PostgresMoment

        package var rowCount: Int { result.rowCount }

        /// - Returns: Nothing for a row that holds no location.
        package func location(ofRow row: Int) -> Location? {
            let row = result[row]
            guard let fix = Fix(row: row, from: 0), let receivedAt = row.timestamp(10) else { return nil }
            return Location(fix: fix, receivedAt: receivedAt)
        }
    }

    init?(of id: DeviceID, on connection: PostgresConnection) async throws(PostgresError) {
        let found = try await connection.query(HistoryStatements.exportedDevice.with(id.rawValue))
        guard found.rowCount == 1, let device = Device(row: found[0], from: 0, id: id) else { return nil }
        self.device = device
        pushToken = found[0].text(DeviceStatements.deviceColumnCount)
        audit = try await connection.query(
            AuditStatements.ofTarget.with(id.description, DeviceExport.auditEntries)
        ).rows.compactMap(StoredAuditEntry.init)
        self.connection = connection
    }

    /// The next locations.
    ///
    /// - Parameter last: Where the page before ended; the first page if `nil`.
    /// - Returns: Nothing when there are no more.
    package func page(after last: PostgresMoment?, rows: Int) async throws(PostgresError) -> Page? {
        let query = HistoryStatements.oldestFirst.with(
            device.id.rawValue, last ?? .past, Int32(clamping: rows))
        let result = try await connection.query(query, timeout: .seconds(30))
        guard result.rowCount > 0, let end = result[result.rowCount - 1].moment(0) else { return nil }
        return Page(result: result, last: end)
    }
}
