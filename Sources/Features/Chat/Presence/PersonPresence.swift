internal import Model
internal import Wire

/// How one person is: what they declared while they have a session anywhere, `offline` once the grace after the last one is
/// over. Reads no clock and tells nobody.
struct PersonPresence: Equatable {
    enum Link: Equatable {
        case here
        case lingering(until: LiveInstant)
        case absent
    }

    private(set) var link = Link.here
    private(set) var profile: PresenceProfile

    init(_ profile: PresenceProfile, at moment: Timestamp) {
        self.profile = profile
        seen(at: moment)
    }

    var isInvisible: Bool { profile.status == .invisible }

    /// What others are shown.
    ///
    /// - Parameter now: The time of day: who is online was last seen then.
    func shown(of user: UserID, at now: Timestamp) -> UserPresence {
        let isThere = link != .absent && !isInvisible
        let seen = isThere ? now : profile.lastSeenAt
        return UserPresence(
            user: user, status: isThere ? profile.status : .offline, note: isThere ? profile.note : nil,
            lastSeenAt: profile.showsLastSeen ? seen.map(\.wholeMinute) : nil)
    }

    mutating func arrived(at moment: Timestamp) {
        link = .here
        seen(at: moment)
    }

    /// The last session is gone.
    mutating func departed(at moment: Timestamp, until end: LiveInstant) {
        guard link == .here else { return }
        seen(at: moment)
        link = .lingering(until: end)
    }

    /// Looks whether the grace is over.
    ///
    /// - Returns: Whether the person is offline now, and was not.
    mutating func lapse(now: LiveInstant) -> Bool {
        guard case .lingering(let end) = link, now >= end else { return false }
        link = .absent
        return true
    }

    mutating func declare(_ status: PresenceStatus, note: String?, at moment: Timestamp) {
        // Until this moment they were to be seen, or from it on.
        seen(at: moment)
        profile.status = status
        profile.note = note
        seen(at: moment)
    }

    mutating func show(lastSeen: Bool) { profile.showsLastSeen = lastSeen }

    /// Notes a sign of life, unless nobody may know of it.
    mutating func seen(at moment: Timestamp) {
        guard !isInvisible, link != .absent else { return }
        profile.lastSeenAt = max(profile.lastSeenAt ?? moment, moment)
    }
}

extension Timestamp {
    /// Rounded down to the minute.
    var wholeMinute: Timestamp {
        let minute: Int64 = 60_000
        let rest = milliseconds % minute
        return Timestamp(milliseconds: milliseconds - (rest < 0 ? rest + minute : rest))
    }
}
