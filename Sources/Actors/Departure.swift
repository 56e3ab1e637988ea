package import Model

/// Why a device is no longer a member of a group.
package enum Departure: Hashable, Sendable {
    case moved(to: GroupID)
    case deactivated
}
