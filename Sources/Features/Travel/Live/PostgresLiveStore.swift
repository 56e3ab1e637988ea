internal import Model
internal import Persistence

/// How far live locations are worked in, in Postgres. Callable from any thread.
struct PostgresLiveStore: Sendable {
    private let database: Database

    init(database: Database) { self.database = database }

    /// Whom a device's locations count for.
    struct Owner: Hashable, Sendable {
        var user: UserID
        var since: Timestamp
        /// Nothing while they do.
        var until: Timestamp?
    }

    /// Of `devices`, those that count for somebody, or did until lately.
    func owners(of devices: [DeviceID]) async throws(PostgresError) -> [DeviceID: Owner] {
        var parameters = PostgresParameters()
        parameters.append(column: devices) { $0.rawValue }
        var owners: [DeviceID: Owner] = [:]
        for row in try await database.query(PostgresQuery(LiveStatements.owners, parameters)).rows {
            guard let device = row.uniqueID(0), let user = row.uniqueID(1), let since = row.timestamp(2) else {
                continue
            }
            owners[DeviceID(device)] = Owner(user: UserID(user), since: since, until: row.timestamp(3))
        }
        return owners
    }

    /// Marks what devices reported as not worked in.
    func mark(_ spans: [(device: DeviceID, span: FixSpan)]) async throws(PostgresError) {
        var parameters = PostgresParameters()
        parameters.append(column: spans) { $0.device.rawValue }
        parameters.append(column: spans) { $0.span.first }
        parameters.append(column: spans) { $0.span.last }
        _ = try await database.retryingQuery(PostgresQuery(LiveStatements.markDevices, parameters))
    }

    /// Marks a span of somebody's time.
    func mark(_ user: UserID, _ span: ClosedRange<Timestamp>) async throws(PostgresError) {
        _ = try await database.retryingQuery(
            RecordStatements.mark.with(user.rawValue, span.lowerBound, span.upperBound))
    }

    /// Marks everything that was received since `moment`.
    func mark(receivedSince moment: Timestamp) async throws(PostgresError) {
        _ = try await database.query(LiveStatements.markReceived.with(moment), timeout: .seconds(60))
    }

    /// Says that a hub is there, and that all it received before `moment` is worked in or marked.
    func beat(_ hub: UniqueID, receivedTo moment: Timestamp) async throws(PostgresError) {
        _ = try await database.query(LiveStatements.beat.with(hub, moment))
    }

    /// The hub goes, and leaves nothing behind that is not worked in or marked.
    func leave(_ hub: UniqueID) async throws(PostgresError) {
        _ = try await database.query(LiveStatements.leave.with(hub))
    }

    /// Marks what a hub has left behind that has been silent for so many seconds.
    ///
    /// - Returns: How many people's points those are; nothing if there is no such hub.
    func adopt(silentFor seconds: Int) async throws(PostgresError) -> Int? {
        let result = try await database.query(
            LiveStatements.adopt.with(Int32(clamping: seconds)), timeout: .seconds(60))
        return result[0].int64(0).map { Int($0) }
    }

    /// People with points that are not worked in and the versions of their records, in order, after `user`.
    func unfinished(after user: UserID?, limit: Int) async throws(PostgresError) -> [(user: UserID, version: Int64)] {
        let query = LiveStatements.unfinished.with(user?.rawValue, Int32(clamping: limit))
        return try await database.query(query).rows.compactMap { row in
            guard let user = row.uniqueID(0), let version = row.int64(1) else { return nil }
            return (UserID(user), version)
        }
    }
}
