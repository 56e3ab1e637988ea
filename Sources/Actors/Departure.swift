package import Model

/// Why a device is no longer a member of a group.
package enum Departure: Hashable, Sendable {
    case moved(to: GroupID)
    case deactivated
    /// Everything of it is gone for ever (story 4.8).
    case erased
}
