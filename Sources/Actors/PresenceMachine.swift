internal import Model

/// The presence of one device: what it declares while it has sessions, and `offline` once the grace after the last of
/// them is over. Reads no clock and tells nobody.
struct PresenceMachine: Equatable {
    /// What the owner does next.
    enum Action: Equatable {
        case nothing
        /// What is shown may have changed: tell the group.
        case tell
        /// Call ``lapse(now:)`` then, not before.
        case callBack(at: LiveInstant)
    }

    private enum Link: Equatable {
        case absent
        case connected
        case lingering(until: LiveInstant)
    }

    private var link = Link.absent
    private var declared = PresenceStatus.online
    private var note: String?
    /// The last sign of life the others may know of: it stands still while the device is invisible.
    private(set) var lastSeenAt: Timestamp

    init(lastSeenAt: Timestamp) { self.lastSeenAt = lastSeenAt }

    var isAbsent: Bool { link == .absent }

    /// Whether the last declaration is to be invisible. It stands while the device is absent too: where it was, or reports
    /// to be without a session, stays hidden from strangers until it comes back or declares otherwise.
    var isInvisible: Bool { declared == .invisible }

    /// What the other members are shown.
    var shown: Presence {
        guard link != .absent, declared != .invisible else {
            return Presence(status: .offline, lastSeenAt: lastSeenAt)
        }
        return Presence(status: declared, note: note, lastSeenAt: lastSeenAt)
    }

    /// A session was opened. A device that comes back after an absence is `online` until it declares otherwise; one
    /// that comes back within the grace is what it was.
    mutating func connect(at moment: Timestamp) -> Action {
        let wasAbsent = link == .absent
        link = .connected
        if wasAbsent {
            declared = .online
            note = nil
        }
        seen(at: moment)
        return wasAbsent ? .tell : .nothing
    }

    /// The last session was closed; a device without sessions is left as it is.
    mutating func disconnect(at moment: Timestamp, graceUntil end: LiveInstant, now: LiveInstant) -> Action {
        guard link == .connected else { return .nothing }
        seen(at: moment)
        guard now < end else {
            link = .absent
            return .tell
        }
        link = .lingering(until: end)
        return .callBack(at: end)
    }

    /// Looks whether the grace is over.
    mutating func lapse(now: LiveInstant) -> Action {
        guard case .lingering(let end) = link else { return .nothing }
        guard now >= end else { return .callBack(at: end) }
        link = .absent
        return .tell
    }

    /// The device says what it is; ignored without a session.
    ///
    /// - Parameter status: Not `offline`, which only the hub concludes.
    mutating func declare(_ status: PresenceStatus, note: String?, at moment: Timestamp) -> Action {
        guard link == .connected, status != .offline else { return .nothing }
        seen(at: moment)
        declared = status
        self.note = note
        seen(at: moment)
        return .tell
    }

    /// Notes a sign of life, unless the device is invisible.
    ///
    /// - Returns: Whether the others may know of it.
    @discardableResult
    mutating func seen(at moment: Timestamp) -> Bool {
        guard link == .absent || declared != .invisible else { return false }
        if lastSeenAt < moment { lastSeenAt = moment }
        return true
    }
}
