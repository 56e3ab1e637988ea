package import Model

/// Erases devices, brings them back and lists them, for administrators and for those whose data they are. Every change
/// notes itself in the audit log in the same transaction.
package struct PostgresCustodyStore: Sendable {
    private let database: Database

    /// Locations that one transaction deletes at most while others write.
    package static let batchRows: Int32 = 10_000

    package init(database: Database) { self.database = database }

    /// A device that is gone, as it was.
    package struct Erased: Hashable, Sendable {
        package var device: Device
        /// How many locations went with it.
        package var locations: Int
    }

    package enum Reactivation: Hashable, Sendable {
        case reactivated(DeviceState)
        case alreadyActive(Device)
        case groupFull
        case notFound
    }

    // MARK: Erasing

    /// Removes a device and every location of it, for ever (story 4.8; rule 9 of the contract, *erase*).
    ///
    /// Most locations go in batches that commit one by one; the device, the rest and the note go together. If it fails in
    /// between, the device is still there and can be erased again.
    ///
    /// - Parameter note: Its outcome and count are filled in.
    /// - Returns: Nothing if there is no such device, which is noted too.
    package func erase(
        _ id: DeviceID, at now: Timestamp, note: AuditEntry
    ) async throws(DeviceStoreError) -> Erased? {
        var begun = note
        begun.outcome = .started
        // Asked with the usual patience, which the batches, that may take long, do not have.
        let isKnown = try await run(DeviceStatements.find.with(id.rawValue)).rowCount > 0
        let removed = isKnown ? try await eraseBatches(of: id, inactiveSince: nil, begun: begun) : 0
        return try await finish(CustodyStatements.erase, id, at: now, removed: removed, note: note, nil)
    }

    /// As ``erase(_:at:note:)`` if the device is inactive and was last seen before `moment`; otherwise nothing is done and
    /// nothing noted.
    package func purge(
        _ id: DeviceID, unseenSince moment: Timestamp, at now: Timestamp, note: AuditEntry
    ) async throws(DeviceStoreError) -> Erased? {
        var begun = note
        begun.outcome = .started
        let removed = try await eraseBatches(of: id, inactiveSince: moment, begun: begun)
        return try await finish(CustodyStatements.purge, id, at: now, removed: removed, note: note, moment)
    }

    /// Inactive devices that were last seen before `moment`, by id.
    package func inactiveDevices(
        unseenSince moment: Timestamp, after id: DeviceID?, limit: Int
    ) async throws(DeviceStoreError) -> [DeviceID] {
        let query = CustodyStatements.inactive.with(moment, UniqueID.first(after: id), Int32(clamping: limit))
        return try await run(query).rows.compactMap { $0.uniqueID(0).map(DeviceID.init) }
    }

    /// Deletes locations while others write, until there are few.
    private func eraseBatches(
        of id: DeviceID, inactiveSince moment: Timestamp?, begun: AuditEntry
    ) async throws(DeviceStoreError) -> Int {
        var removed = 0
        while true {
            let query = CustodyStatements.batch.with(id.rawValue, PostgresCustodyStore.batchRows, moment)
            let count = Int(try await run(query, timeout: .seconds(60))[0].int64(0) ?? 0)
            // What takes a while is on record before its end.
            if removed == 0, count >= PostgresCustodyStore.batchRows {
                _ = try await run(AuditStatements.noting([begun]))
            }
            removed += count
            if count < PostgresCustodyStore.batchRows { return removed }
        }
    }

    private func finish(
        _ statement: PostgresStatement, _ id: DeviceID, at now: Timestamp, removed: Int, note: AuditEntry,
        _ unseenSince: Timestamp?
    ) async throws(DeviceStoreError) -> Erased? {
        var parameters = PostgresParameters()
        parameters.append(id.rawValue)
        parameters.append(now)
        parameters.append(Int64(removed))
        parameters.append(note: note)
        if let unseenSince { parameters.append(unseenSince) }
        let result = try await run(PostgresQuery(statement, parameters), timeout: .seconds(30))
        guard result.rowCount == 1 else { return nil }
        guard let device = Device(row: result[0], from: 1, id: id) else { throw .failed(sqlState: "XX000") }
        return Erased(device: device, locations: Int(clamping: result[0].int64(0) ?? 0))
    }

    // MARK: Bringing back

    /// Makes a deactivated device active again (story 4.7, criterion 2), deciding the group's limit under its row's lock.
    package func reactivate(
        _ id: DeviceID, limit: Int, at now: Timestamp, note: AuditEntry
    ) async throws(DeviceStoreError) -> Reactivation {
        var parameters = PostgresParameters()
        parameters.append(id.rawValue)
        parameters.append(Int32(clamping: limit))
        parameters.append(now)
        parameters.append(note: note)
        let result = try await run(PostgresQuery(CustodyStatements.reactivate, parameters))
        guard result.rowCount == 1 else { throw .failed(sqlState: "XX000") }
        let row = result[0]
        switch row.text(0) {
        case "not_found": return .notFound
        case "full": return .groupFull
        case let outcome:
            guard let device = Device(row: row, from: 1, id: id) else { throw .failed(sqlState: "XX000") }
            let fix = Fix(row: row, from: 1 + DeviceStatements.deviceColumnCount)
            return outcome == "active"
                ? .alreadyActive(device) : .reactivated(DeviceState(device: device, lastFix: fix))
        }
    }

    // MARK: Lists

    /// Devices by id.
    ///
    /// - Parameters:
    ///   - group: Of this group alone.
    ///   - isActive: Active or inactive ones alone.
    package func devices(
        in group: GroupID?, isActive: Bool?, after id: DeviceID?, limit: Int
    ) async throws(DeviceStoreError) -> [Device] {
        let (start, count) = (UniqueID.first(after: id), Int32(clamping: limit))
        let query =
            if let group {
                CustodyStatements.inGroup.with(group.rawValue, start, isActive, count)
            } else if isActive == false {
                CustodyStatements.allInactive.with(start, count)
            } else {
                CustodyStatements.all.with(start, isActive, count)
            }
        return try await run(query).rows.compactMap { row in
            row.uniqueID(0).flatMap { Device(row: row, from: 1, id: DeviceID($0)) }
        }
    }

    /// API keys, those with the newest id first.
    package func keys(after id: APIKeyID?, limit: Int) async throws(DeviceStoreError) -> [APIKey] {
        let query = CustodyStatements.keys.with(id?.rawValue ?? .greatest, Int32(clamping: limit))
        return try await run(query).rows.compactMap(APIKey.init)
    }

    /// Runs a statement, and again while Postgres had to choose it as a victim or a lock was not to be had at once.
    private func run(
        _ query: PostgresQuery, timeout: Duration? = nil
    ) async throws(DeviceStoreError) -> PostgresResult {
        var attempt = 1
        while true {
            do throws(PostgresError) {
                return try await database.query(query, timeout: timeout)
            } catch {
                let mayPass: Set<SQLState> = [.serializationFailure, .deadlockDetected, .lockNotAvailable]
                guard attempt < 3, let state = error.sqlState, mayPass.contains(state) else {
                    throw error.sqlState == .lockNotAvailable ? .unavailable : DeviceStoreError(error)
                }
                attempt += 1
            }
        }
    }
}

extension UniqueID {
    static let greatest = UniqueID(high: .max, low: .max)

    /// Where a list of devices goes on; at its beginning if there was none before.
    static func first(after id: DeviceID?) -> UniqueID {
        guard let last = id?.rawValue else { return UniqueID(high: 0, low: 0) }
        return UniqueID(high: last.low == .max ? last.high &+ 1 : last.high, low: last.low &+ 1)
    }
}
