package import Model

/// The device of a user whose live locations count for their record.
package struct PrimaryDevice: Hashable, Sendable {
    package var id: DeviceID
    /// What the client calls it; nothing if it never said.
    package var uuid: UniqueID?
    package var name: String
    package var platform: String
    package var group: GroupID
    /// False for one that was deactivated: nothing live comes from it.
    package var isActive: Bool
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
}
