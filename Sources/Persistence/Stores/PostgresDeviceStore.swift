package import Model

/// Devices, groups and their newest fixes in the `core` schema.
package final class PostgresDeviceStore: DeviceStore {
    private let database: Database

    package init(database: Database) { self.database = database }

    package func register(
        _ registration: DeviceRegistration, limit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> RegistrationOutcome {
        let query = DeviceStatements.registering(registration, limit: limit, at: now)
        let result: PostgresResult
        do throws(PostgresError) {
            result = try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
        guard result.rowCount == 1 else { throw .failed(sqlState: "XX000") }
        return try RegistrationOutcome(registrationRow: result[0], of: registration.id, limit: limit)
    }

    package func deactivate(_ id: DeviceID, at now: Timestamp) async throws(DeviceStoreError) -> Device? {
        try await one(DeviceStatements.deactivate.with(id.rawValue, now), id: id)
    }

    package func device(_ id: DeviceID) async throws(DeviceStoreError) -> Device? {
        try await one(DeviceStatements.find.with(id.rawValue), id: id)
    }

    package func activeDevices(in group: GroupID) async throws(DeviceStoreError) -> [DeviceState] {
        let result: PostgresResult
        do throws(PostgresError) {
            result = try await database.query(DeviceStatements.activeInGroup.with(group.rawValue))
        } catch {
            throw DeviceStoreError(error)
        }
        return result.rows.compactMap { row in
            guard let id = row.uniqueID(0).map(DeviceID.init), let device = Device(row: row, from: 1, id: id) else {
                return nil
            }
            return DeviceState(device: device, lastFix: Fix(row: row, from: 1 + DeviceStatements.deviceColumnCount))
        }
    }

    private func one(_ query: PostgresQuery, id: DeviceID) async throws(DeviceStoreError) -> Device? {
        do throws(PostgresError) {
            let result = try await database.retryingQuery(query)
            return result.rowCount == 0 ? nil : Device(row: result[0], from: 0, id: id)
        } catch {
            throw DeviceStoreError(error)
        }
    }
}

extension RegistrationOutcome {
    /// From the row of ``DeviceStatements/register``.
    ///
    /// - Parameter limit: The group's, for the error if it is full.
    init(registrationRow row: PostgresRow, of id: DeviceID, limit: Int) throws(DeviceStoreError) {
        guard let outcome = row.text(0), outcome == "registered" || outcome == "full" else {
            throw .failed(sqlState: "XX000")
        }
        guard outcome == "registered" else { throw .groupFull(limit: limit) }
        guard let device = Device(row: row, from: 2, id: id) else { throw .failed(sqlState: "XX000") }
        self.init(
            device: device, previousGroup: row.text(1).flatMap(GroupID.init),
            lastFix: Fix(row: row, from: 2 + DeviceStatements.deviceColumnCount))
    }
}

extension DeviceStoreError {
    package init(_ error: PostgresError) {
        switch error {
        case .server(let state, _, _) where !state.isTransient: self = .failed(sqlState: state.code)
        case .server, .connectionLost, .timedOut, .overloaded, .closed: self = .unavailable
        }
    }
}
