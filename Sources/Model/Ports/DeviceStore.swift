/// Devices and their groups, kept. Safe to call from any actor.
package protocol DeviceStore: Sendable {
    /// Creates or updates a device, deciding the group's limit under the group's row lock (stories 2.1 to 2.3).
    ///
    /// - Parameter limit: The most active devices a group may have.
    func register(
        _ registration: DeviceRegistration, limit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> RegistrationOutcome

    /// Hides an active device and keeps its locations (story 2.4). Returns it as it was, or `nil` if none is known.
    /// A device already inactive is returned unchanged.
    func deactivate(_ id: DeviceID, at now: Timestamp) async throws(DeviceStoreError) -> Device?

    /// The device, active or not.
    func device(_ id: DeviceID) async throws(DeviceStoreError) -> Device?

    /// The group's active devices, each with its newest fix; empty if the group has none.
    func activeDevices(in group: GroupID) async throws(DeviceStoreError) -> [DeviceState]
}

/// What a registration did.
package struct RegistrationOutcome: Hashable, Sendable {
    package var device: Device
    /// The group the device was active in before, if it was; equal to the new one when it stays.
    package var previousGroup: GroupID?
    /// The newest stored fix, if any, to seed the live state.
    package var lastFix: Fix?

    package init(device: Device, previousGroup: GroupID?, lastFix: Fix? = nil) {
        self.device = device
        self.previousGroup = previousGroup
        self.lastFix = lastFix
    }
}

/// Why a store of devices could not do what it was asked.
package enum DeviceStoreError: Error, Hashable, Sendable {
    /// The group has as many active devices as it may have.
    case groupFull(limit: Int)
    /// Postgres cannot be reached or did not answer in time; try again.
    case unavailable
    /// Postgres answered with an error of its own; the SQLSTATE is for the log.
    case failed(sqlState: String)
}
