package import Model
package import Persistence

/// How people want to be seen, kept; and who may see it. Safe to call from any actor.
package protocol PresenceStore: Sendable {
    /// What is known of somebody; the defaults of one who never said anything.
    func profile(of user: UserID) async throws(PostgresError) -> PresenceProfile

    /// Those who may see how somebody is (docs/adr/0032).
    func watchers(of user: UserID) async throws(PostgresError) -> [UserID]

    /// Those of `users` whose presence `watcher` may see, and what is known of them; the watcher themselves if asked for.
    func profiles(of users: [UserID], for watcher: UserID) async throws(PostgresError) -> [UserID: PresenceProfile]

    /// Keeps what people declared, unless they have declared something later.
    func declare(_ declarations: [PresenceDeclaration]) async throws(PostgresError)

    /// Moves forward when people were last seen.
    func seen(_ moments: [(user: UserID, at: Timestamp)]) async throws(PostgresError)

    /// - Parameter shows: Whether others are told when they were last seen.
    func show(lastSeen shows: Bool, of user: UserID) async throws(PostgresError)
}

/// What somebody said of how they want to be seen.
package struct PresenceDeclaration: Hashable, Comparable, Sendable {
    package var user: UserID
    /// Never `offline`.
    package var status: PresenceStatus
    /// At most 140 Unicode scalars.
    package var note: String?
    package var at: Timestamp

    package init(user: UserID, status: PresenceStatus, note: String?, at: Timestamp) {
        self.user = user
        self.status = status
        self.note = note
        self.at = at
    }

    package static func < (left: PresenceDeclaration, right: PresenceDeclaration) -> Bool { left.at < right.at }
}

/// What is kept of somebody's presence.
package struct PresenceProfile: Hashable, Sendable {
    package var status = PresenceStatus.online
    package var note: String?
    package var lastSeenAt: Timestamp?
    package var showsLastSeen = true
    /// For whoever asks, because one of the two blocks the other: offline, and not seen at any time.
    package var isHidden = false

    package init(
        status: PresenceStatus = .online, note: String? = nil, lastSeenAt: Timestamp? = nil, showsLastSeen: Bool = true
    ) {
        self.status = status
        self.note = note
        self.lastSeenAt = lastSeenAt
        self.showsLastSeen = showsLastSeen
    }
}
