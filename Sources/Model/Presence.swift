/// What a device says of its user, or what the hub concludes (`status` on the wire).
package enum PresenceStatus: String, Hashable, Sendable, CaseIterable {
    case online
    case away
    case busy
    /// Only the device itself knows: the others see ``offline``.
    case invisible
    /// Concluded by the hub; a client cannot send it.
    case offline

    /// What the other members are shown.
    package var shown: PresenceStatus { self == .invisible ? .offline : self }
}

/// A device's presence as its group is told it.
package struct Presence: Hashable, Sendable {
    package var status: PresenceStatus
    /// At most 140 characters.
    package var note: String?
    package var lastSeenAt: Timestamp

    package init(status: PresenceStatus, note: String? = nil, lastSeenAt: Timestamp) {
        self.status = status
        self.note = note
        self.lastSeenAt = lastSeenAt
    }
}
