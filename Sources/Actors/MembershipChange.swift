package import Model

/// Who belongs to a group has changed, or what is known of one who belongs.
package enum MembershipChange: Hashable, Sendable {
    case joined(LiveMember)
    /// The name or the platform is another.
    case updated(LiveMember)
    case left(Device)
}
