package import Model

/// What is stored of where devices were.
package struct PostgresHistoryStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// Locations as they are kept.
    package struct Page: Sendable {
        package var fixes: [Fix]
        /// Where the next page ends, if there may be one.
        package var next: PostgresMoment?
    }

    /// A device's locations of a time, the newest first.
    ///
    /// - Parameters:
    ///   - from: The first moment; no bound if `nil`.
    ///   - to: The first moment after; no bound if `nil`.
    ///   - position: Where the page before said that the next one ends.
    package func locations(
        of device: DeviceID, from: Timestamp?, to: Timestamp?, before position: PostgresMoment?, limit: Int
    ) async throws(DeviceStoreError) -> Page {
        let end = to.map(PostgresMoment.init) ?? .future
        let bound = position.map { PostgresMoment(rawValue: min($0.rawValue, end.rawValue)) } ?? end
        let query = HistoryStatements.newestFirst.with(
            device.rawValue, from.map(PostgresMoment.init) ?? .past, bound, Int32(clamping: limit + 1))
        let rows = try await run(query)
        let count = min(rows.rowCount, limit)
        return Page(
            fixes: (0..<count).compactMap { Fix(row: rows[$0], from: 0) },
            next: rows.rowCount > limit ? rows[count - 1].moment(0) : nil)
    }

    /// A member of a group and where it was.
    package struct Whereabouts: Sendable {
        package var device: DeviceID
        package var displayName: String
        package var fix: Fix?
    }

    /// Each active device of a group with its last location at or before `moment`.
    ///
    /// - Parameter earliest: Older locations do not count; all do if `nil`.
    package func whereabouts(
        of group: GroupID, at moment: Timestamp, since earliest: Timestamp?
    ) async throws(DeviceStoreError) -> [Whereabouts] {
        let query = HistoryStatements.groupAt.with(
            group.rawValue, PostgresMoment(moment), earliest.map(PostgresMoment.init) ?? .past)
        return try await run(query).rows.compactMap { row in
            guard let device = row.uniqueID(0), let name = row.text(1) else { return nil }
            return Whereabouts(device: DeviceID(device), displayName: name, fix: Fix(row: row, from: 2))
        }
    }

    /// A device of a group and the way it took.
    package struct Trail: Sendable {
        package var device: DeviceID
        package var displayName: String
        /// In the order of time.
        package var fixes: [Fix]
    }

    /// The ways that a group's active devices took, as far as a member may see them, in even steps of time.
    ///
    /// - Parameter steps: The most locations of each; the last of each step counts.
    package func trails(
        of group: GroupID, for user: UserID, from: Timestamp, to: Timestamp, steps: Int
    ) async throws(DeviceStoreError) -> [Trail] {
        let seconds = Double(to.milliseconds - from.milliseconds) / 1000 / Double(steps)
        let query = HistoryStatements.groupTrails.with(
            group.rawValue, user.rawValue, PostgresMoment(from), seconds, Int32(clamping: steps))
        var trails: [Trail] = []
        for row in try await run(query).rows {
            guard let id = row.uniqueID(0).map(DeviceID.init), let name = row.text(1) else { continue }
            if trails.last?.device != id { trails.append(Trail(device: id, displayName: name, fixes: [])) }
            if let fix = Fix(row: row, from: 2) { trails[trails.count - 1].fixes.append(fix) }
        }
        return trails
    }

    /// Runs `body` with everything that is stored of a device, as it is at one moment: what is written or erased meanwhile
    /// changes nothing. It has a connection of its own, which is closed at the end, however that comes.
    ///
    /// - Returns: Nothing if there is no such device.
    package func export<Value: Sendable>(
        of device: DeviceID, _ body: (DeviceExport) async throws -> Value
    ) async throws -> Value? {
        try await database.withConnection(within: .seconds(5)) { connection in
            try await connection.run(script: PostgresHistoryStore.snapshot)
            guard let export = try await DeviceExport(of: device, on: connection) else { return nil }
            return try await body(export)
        }
    }

    /// If the hub no longer goes on, Postgres must not keep the snapshot for it.
    private static let snapshot = """
        BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL idle_in_transaction_session_timeout = '120s';
        """

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.query(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }
}
