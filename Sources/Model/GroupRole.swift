/// What somebody may do in a group of people, the most first.
package enum GroupRole: String, Hashable, Sendable, CaseIterable {
    /// Everything; there is one in a group.
    case owner
    /// Renames it, invites, and removes members.
    case admin
    case member
}
