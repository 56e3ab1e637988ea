import Chat
import Model
import Persistence
import Synchronization

/// People's presence in memory.
final class InMemoryPresenceStore: PresenceStore {
    private struct State {
        var profiles: [UserID: PresenceProfile] = [:]
        var declaredAt: [UserID: Timestamp] = [:]
        var watchers: [UserID: [UserID]] = [:]
        var isAway = false
        var looks = 0
        var whileDeclaring: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func setWatchers(_ watchers: [UserID], of user: UserID) { state.withLock { $0.watchers[user] = watchers } }
    func setProfile(_ profile: PresenceProfile, of user: UserID) { state.withLock { $0.profiles[user] = profile } }
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }
    /// Happens once, while declarations are being written.
    func whileDeclaring(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.whileDeclaring = work } }
    func kept(of user: UserID) -> PresenceProfile? { state.withLock { $0.profiles[user] } }
    /// How often it was asked who may see somebody.
    var looks: Int { state.withLock { $0.looks } }

    func profile(of user: UserID) async throws(PostgresError) -> PresenceProfile {
        try there { $0.profiles[user] ?? PresenceProfile() }
    }

    func watchers(of user: UserID) async throws(PostgresError) -> [UserID] {
        try there { state in
            state.looks += 1
            return state.watchers[user] ?? []
        }
    }

    func profiles(of users: [UserID], for watcher: UserID) async throws(PostgresError) -> [UserID: PresenceProfile] {
        try there { state in
            var found: [UserID: PresenceProfile] = [:]
            for user in users where user == watcher || state.watchers[user]?.contains(watcher) == true {
                found[user] = state.profiles[user] ?? PresenceProfile()
            }
            return found
        }
    }

    func declare(_ declarations: [PresenceDeclaration]) async throws(PostgresError) {
        let work = state.withLock { state in
            defer { state.whileDeclaring = nil }
            return state.whileDeclaring
        }
        work?()
        try there { state in
            for declaration in declarations {
                let user = declaration.user
                if let known = state.declaredAt[user], known > declaration.at { continue }
                state.declaredAt[user] = declaration.at
                state.profiles[user, default: PresenceProfile()].status = declaration.status
                state.profiles[user, default: PresenceProfile()].note = declaration.note
            }
        }
    }

    func seen(_ moments: [(user: UserID, at: Timestamp)]) async throws(PostgresError) {
        try there { state in
            for moment in moments {
                let known = state.profiles[moment.user]?.lastSeenAt ?? moment.at
                state.profiles[moment.user, default: PresenceProfile()].lastSeenAt = max(known, moment.at)
            }
        }
    }

    func show(lastSeen shows: Bool, of user: UserID) async throws(PostgresError) {
        try there { $0.profiles[user, default: PresenceProfile()].showsLastSeen = shows }
    }

    private func there<Value: Sendable>(
        _ body: (inout sending State) -> sending Value
    ) throws(PostgresError) -> Value {
        let value: Value? = state.withLock { state in state.isAway ? nil : body(&state) }
        guard let value else { throw .connectionLost("away") }
        return value
    }
}
