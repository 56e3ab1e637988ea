/// A registered device (story 2.1) as the store knows it.
package struct Device: Hashable, Sendable {
    package var id: DeviceID
    /// 2 to 50 characters.
    package var displayName: String
    package var group: GroupID
    /// `android` unless the registration says otherwise.
    package var platform: String
    /// Counts toward the group's limit and is listed; false once deactivated (story 2.4).
    package var isActive: Bool
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var lastSeenAt: Timestamp

    package init(
        id: DeviceID, displayName: String, group: GroupID, platform: String, isActive: Bool, createdAt: Timestamp,
        updatedAt: Timestamp, lastSeenAt: Timestamp
    ) {
        self.id = id
        self.displayName = displayName
        self.group = group
        self.platform = platform
        self.isActive = isActive
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastSeenAt = lastSeenAt
    }
}

/// What a device asks for when it registers, already checked (story 2.1).
package struct DeviceRegistration: Hashable, Sendable {
    package var id: DeviceID
    package var displayName: String
    package var group: GroupID
    /// `nil` keeps a known device's platform and makes a new one's `android`.
    package var platform: String?
    /// The push token; `nil` keeps the one stored.
    package var pushToken: String?

    package init(
        id: DeviceID, displayName: String, group: GroupID, platform: String? = nil, pushToken: String? = nil
    ) {
        self.id = id
        self.displayName = displayName
        self.group = group
        self.platform = platform
        self.pushToken = pushToken
    }
}

/// A device with its newest stored fix: what a group's actor loads.
package struct DeviceState: Hashable, Sendable {
    package var device: Device
    package var lastFix: Fix?

    package init(device: Device, lastFix: Fix? = nil) {
        self.device = device
        self.lastFix = lastFix
    }
}
