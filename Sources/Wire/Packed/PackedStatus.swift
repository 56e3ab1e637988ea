import Model

/// What stands for a presence in a packed message.
enum PackedStatus {
    /// Set if a note follows.
    static let hasNote: UInt8 = 1 << 3
    /// In a snapshot: set if the member has a fix.
    static let hasFix: UInt8 = 1 << 4
    /// In a snapshot: set if the member has an anchor.
    static let hasAnchor: UInt8 = 1 << 5

    /// As the others are shown it.
    static func code(of status: PresenceStatus) -> UInt8 {
        switch status.shown {
        case .online: 0
        case .away: 1
        case .busy: 2
        case .offline, .invisible: 3
        }
    }

    /// One this version does not know is taken for the plain one, as in JSON.
    static func status(of byte: UInt8) -> PresenceStatus {
        switch byte & 7 {
        case 1: .away
        case 2: .busy
        case 3: .offline
        default: .online
        }
    }
}
