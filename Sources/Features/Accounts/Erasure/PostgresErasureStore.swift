internal import Jobs
internal import Model
internal import Persistence

/// Takes people's accounts apart. Callable from any thread.
struct PostgresErasureStore: Sendable {
    private let database: Database
    /// The most rows of a slice.
    private let slice: Int

    init(database: Database, slice: Int = 1_000) {
        self.database = database
        self.slice = slice
    }

    /// What became of one of somebody's groups.
    struct Departure: Hashable, Sendable {
        let group: GroupID
        let change: GroupChange
    }

    /// What became of a group that somebody was in.
    enum GroupChange: String, Hashable, Sendable {
        case left
        /// It was theirs, and is somebody else's now.
        case handedOver = "handed_over"
        /// Nobody is left in it.
        case dissolved
    }

    /// Has nothing open the account any more, and the rest of it removed by a job: both, or neither.
    ///
    /// - Returns: The sign-ins that ended; nothing if there is no such account.
    func close(
        _ user: UserID, followedBy job: QueuedJob, at now: Timestamp
    ) async throws(DeviceStoreError) -> Set<SignInID>? {
        let results = try await run([AccountStatements.close.with(user.rawValue, now), job.insertion])
        return results[0].rows.map { SignInID.list($0.text(0)) }.first
    }

    /// Devices that are theirs still, some at a time.
    func devices(of user: UserID, limit: Int) async throws(DeviceStoreError) -> [DeviceID] {
        let result = try await run([ErasureStatements.devices.with(user.rawValue, Int32(clamping: limit))])
        return result[0].rows.compactMap { $0.uniqueID(0).map(DeviceID.init) }
    }

    /// Takes somebody out of the groups that others are in, and deactivates their devices.
    func withdraw(_ user: UserID, at now: Timestamp) async throws(DeviceStoreError) -> [Departure] {
        departures(try await run([ErasureStatements.withdraw.with(user.rawValue, now)])[0])
    }

    /// Removes some of what accounts keep of somebody, in one short transaction; returns whether there may be more.
    func eraseSlice(of user: UserID) async throws(DeviceStoreError) -> Bool {
        let result = try await run([ErasureStatements.slice.with(user.rawValue, Int32(clamping: slice))])[0]
        return (result[0].int64(0) ?? 0) > 0
    }

    /// Has the job begin now that was to wait for the request.
    func hasten(_ user: UserID) async throws(DeviceStoreError) {
        _ = try await run([ErasureStatements.hasten.with(AccountEraser.job.name, user.description)])
    }

    /// Removes somebody who has no devices, from the groups that they are in still and altogether.
    ///
    /// - Returns: What became of their groups; nothing if a device has become theirs meanwhile.
    func remove(_ user: UserID) async throws(DeviceStoreError) -> [Departure]? {
        do throws(DeviceStoreError) {
            let results = try await run([
                ErasureStatements.leaveGroups.with(user.rawValue), ErasureStatements.removeUser.with(user.rawValue),
            ])
            return departures(results[0])
        } catch {
            if error == .failed(sqlState: SQLState.foreignKeyViolation.code) { return nil }
            throw error
        }
    }

    private func departures(_ result: PostgresResult) -> [Departure] {
        result.rows.compactMap { row in
            guard let group = row.text(0).flatMap(GroupID.init), let change = row.text(1).flatMap(GroupChange.init)
            else { return nil }
            return Departure(group: group, change: change)
        }
    }

    /// As one unit of work, and again while Postgres had to choose it as a victim.
    private func run(_ queries: [PostgresQuery]) async throws(DeviceStoreError) -> [PostgresResult] {
        var attempt = 1
        while true {
            do throws(PostgresError) {
                return try await database.transaction(queries)
            } catch {
                let mayPass: Set<SQLState> = [.serializationFailure, .deadlockDetected]
                guard attempt < 5, let state = error.sqlState, mayPass.contains(state) else {
                    throw DeviceStoreError(error)
                }
                attempt += 1
            }
        }
    }
}

extension SQLState {
    static let foreignKeyViolation = SQLState("23503")
}
