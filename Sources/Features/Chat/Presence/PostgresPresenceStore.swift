package import Model
package import Persistence

/// ``PresenceStore`` on Postgres: the table `chat.presence`.
package struct PostgresPresenceStore: PresenceStore {
    private let database: Database

    package init(database: Database) { self.database = database }

    package func profile(of user: UserID) async throws(PostgresError) -> PresenceProfile {
        let result = try await database.query(PresenceStatements.profile.with(user.rawValue))
        guard let row = result.rows.first(where: { _ in true }) else { return PresenceProfile() }
        return PostgresPresenceStore.profile(row, from: 0)
    }

    package func watchers(of user: UserID) async throws(PostgresError) -> [UserID] {
        let result = try await database.query(PresenceStatements.watchers.with(user.rawValue))
        return result.rows.compactMap { $0.uniqueID(0).map(UserID.init) }
    }

    package func profiles(
        of users: [UserID], for watcher: UserID
    ) async throws(PostgresError) -> [UserID: PresenceProfile] {
        var parameters = PostgresParameters()
        parameters.append(watcher.rawValue)
        parameters.append(array: users.map(\.rawValue))
        let result = try await database.query(PostgresQuery(PresenceStatements.profiles, parameters))
        var profiles: [UserID: PresenceProfile] = [:]
        for row in result.rows {
            guard let id = row.uniqueID(0) else { continue }
            var profile = PostgresPresenceStore.profile(row, from: 1)
            profile.isHidden = row.bool(5) ?? true
            profiles[UserID(id)] = profile
        }
        return profiles
    }

    package func declare(_ declarations: [PresenceDeclaration]) async throws(PostgresError) {
        var parameters = PostgresParameters()
        parameters.append(column: declarations) { $0.user.rawValue }
        parameters.append(column: declarations) { $0.status.rawValue }
        parameters.append(column: declarations) { $0.note }
        parameters.append(column: declarations) { $0.at }
        _ = try await database.query(PostgresQuery(PresenceStatements.declare, parameters))
    }

    package func seen(_ moments: [(user: UserID, at: Timestamp)]) async throws(PostgresError) {
        var parameters = PostgresParameters()
        parameters.append(column: moments) { $0.user.rawValue }
        parameters.append(column: moments) { $0.at }
        _ = try await database.query(PostgresQuery(PresenceStatements.seen, parameters))
    }

    package func show(lastSeen shows: Bool, of user: UserID) async throws(PostgresError) {
        _ = try await database.query(PresenceStatements.show.with(user.rawValue, shows))
    }

    private static func profile(_ row: PostgresRow, from column: Int) -> PresenceProfile {
        PresenceProfile(
            status: row.text(column).flatMap { PresenceStatus(rawValue: $0) } ?? .online, note: row.text(column + 1),
            lastSeenAt: row.timestamp(column + 2), showsLastSeen: row.bool(column + 3) ?? true)
    }
}
