package import Model

/// A connection that speaks as a device; hears when it no longer may. Called on the device's loop, at most one of the
/// four and once, and then the session is already disconnected from its ``DeviceActor``.
package protocol DeviceSession: AnyObject, Sendable {
    /// The device registered in another group; it is served there after it reconnects.
    func deviceMoved(to group: GroupID)

    /// The device was deactivated (story 2.4).
    func deviceDeactivated()

    /// The device and everything stored of it was erased (story 4.8).
    func deviceErased()

    /// The device has opened more sessions than it may have, and this is the oldest.
    func deviceSuperseded()
}
