internal import FeatureKit
internal import Model

/// Memberships that have ended: whose, and of which groups.
enum Departed: Hashable, Sendable {
    /// Somebody left a group.
    case from(GroupID, UserID)
    /// Everybody did.
    case everybody(from: GroupID)
    /// Somebody is gone, and is in no group any more.
    case everywhere(UserID)

    /// Nothing for a change by which no membership ends.
    init?(_ change: PeopleChange) {
        switch change {
        case .left(let group, let user): self = .from(group, user)
        case .groupDissolved(let group): self = .everybody(from: group)
        case .erased(let user): self = .everywhere(user)
        case .joined, .groupChanged, .invited, .profileChanged, .blocked, .unblocked: return nil
        }
    }

    /// Whether memberships of that user have ended.
    func includes(_ user: UserID) -> Bool {
        switch self {
        case .from(_, let leaver), .everywhere(let leaver): leaver == user
        case .everybody: true
        }
    }

    /// Whether memberships of that group have.
    func includes(_ group: GroupID) -> Bool {
        switch self {
        case .from(let left, _), .everybody(let left): left == group
        case .everywhere: true
        }
    }
}
