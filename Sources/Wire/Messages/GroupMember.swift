package import Model

/// A device of a group as the others are shown it: in snapshots, in `member` messages and in listings (story 3.5).
package struct GroupMember: Hashable, Sendable {
    package var device: DeviceID
    package var displayName: String
    /// Never `invisible`.
    package var presence: Presence
    package var lastFix: Fix?

    package init(device: DeviceID, displayName: String, presence: Presence, lastFix: Fix? = nil) {
        self.device = device
        self.displayName = displayName
        self.presence = presence
        self.lastFix = lastFix
    }
}

/// Where a device is.
package struct DevicePosition: Hashable, Sendable {
    package var device: DeviceID
    package var fix: Fix

    package init(device: DeviceID, fix: Fix) {
        self.device = device
        self.fix = fix
    }
}
