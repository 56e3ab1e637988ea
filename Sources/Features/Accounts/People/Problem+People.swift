internal import FeatureKit
internal import Persistence
internal import Wire

extension Problem {
    init(_ refusal: PostgresGroupStore.Refusal, _ limits: PeopleLimits) {
        switch refusal {
        case .notFound: self = .notFound
        case .noMember: self.init(.notFound, "There is no such member")
        case .noUser: self.init(.notFound, "There is no such user")
        case .forbidden: self.init(.forbidden, "Your role in the group does not allow this")
        case .isOwner: self.init(.conflict, "The owner of a group hands it over first")
        case .taken: self.init(.conflict, "There is a group of this ID; choose another, or none")
        case .tooManyGroups: self.init(.conflict, "A user may be in at most \(limits.memberships) groups")
        case .full: self.init(.conflict, "A group has at most \(limits.members) people")
        }
    }

    init(_ refusal: PostgresInvitationStore.Refusal, _ limits: PeopleLimits) {
        switch refusal {
        case .notFound: self = .notFound
        case .forbidden: self.init(.forbidden, "Your role in the group does not allow this")
        case .isMember: self.init(.conflict, "They are a member of the group")
        case .tooMany: self.init(.conflict, "A group has at most \(limits.invitations) open invitations")
        case .full: self.init(.conflict, "A group has at most \(limits.members) people")
        }
    }
}
