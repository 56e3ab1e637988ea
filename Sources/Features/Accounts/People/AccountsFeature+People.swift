internal import FeatureKit
internal import Model
internal import Persistence
internal import Wire

/// People and their groups: who is in which, who may do what there, and who is asked in.
extension AccountsFeature {
    static let groupsTag = "Groups"
    static let peopleTag = "People"
    /// Counts what tries invitation codes.
    static let invitationPolicies = ["invitation"]

    var people: PostgresPeopleStore { PostgresPeopleStore(database: core.database) }
    var groups: PostgresGroupStore { PostgresGroupStore(database: core.database) }
    var invitations: PostgresInvitationStore { PostgresInvitationStore(database: core.database) }
    var peopleLimits: PeopleLimits { PeopleLimits() }

    func addPeopleRoutes(to registry: Registry) {
        PeopleSchemas.define(in: registry)
        addGroupRoutes(to: registry)
        addMemberRoutes(to: registry)
        addInvitationRoutes(to: registry)
        addReceivedInvitationRoutes(to: registry)
        addUserRoutes(to: registry)
        addBlockRoutes(to: registry)
    }

    /// Who asks.
    func caller(of request: RouteRequest) throws(Problem) -> UserID {
        guard let user = request.principal.user else { throw .forbidden }
        return user.id
    }

    /// The group of the path, of which nothing is known yet.
    func groupID(of request: RouteRequest) throws(Problem) -> GroupID {
        guard let group = GroupID(request.parameter("groupId")) else { throw .notFound }
        return group
    }

    /// The user of the path.
    func userID(of request: RouteRequest) throws(Problem) -> UserID {
        guard let id = UniqueID(request.parameter("userId")) else { throw .notFound }
        return UserID(id)
    }
}
