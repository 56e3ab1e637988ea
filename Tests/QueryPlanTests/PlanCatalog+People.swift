@testable import Persistence

extension PlanCatalog {
    /// The user numbered 5, who owns the group ``group``; see `scripts/fill-database.sql`.
    static let user = "'00000000-0000-4000-9000-000000000005'::uuid"
    /// Another member of that group.
    static let member = "'00000000-0000-4000-9000-000000002715'::uuid"
    static let stranger = "'00000000-0000-4000-9000-000000000006'::uuid"

    private static let everyone = ids((1...50).map { "00000000-0000-4000-9000-" + hex($0) })

    /// People, their devices and groups.
    static let people: [PlanCase] = [
        PlanCase(
            DeviceStatements.register,
            ["gen_random_uuid()", "'Ada'", group, "'android'", "NULL", "100", "now()", user, "100"], within: 20),
        PlanCase(PeopleStatements.owner, [device], within: 20),
        PlanCase(PeopleStatements.isMember, [user, group], within: 20),
        PlanCase(PeopleStatements.ended, [everyone, fifty("'fill-5'", "text")]),
        PlanCase(PeopleStatements.devices, [user], within: 20),
        PlanCase(PeopleStatements.person, [user, member], within: 20),
        PlanCase(PeopleStatements.named, [user, "'user-10005'"], within: 20),
        PlanCase(PeopleStatements.block, [user, stranger, "1000", "now()"], within: 20),
        PlanCase(PeopleStatements.unblock, [user, stranger], within: 20),
        PlanCase(PeopleStatements.blocked, [user, "'00000000-0000-0000-0000-000000000000'", "100"], within: 20),
        PlanCase(GroupStatements.make, [user, "'new-group'", "'New'", "100", "now()"], within: 20),
        PlanCase(GroupStatements.ofUser, [user], within: 20),
        PlanCase(GroupStatements.one, [user, group], within: 20),
        PlanCase(GroupStatements.members, [user, group], within: 20),
        PlanCase(GroupStatements.rename, [user, group, "'Ours'"], within: 20),
        PlanCase(GroupStatements.endMembership, [user, member, group, "now()"]),
        PlanCase(GroupStatements.dissolve, [user, group, "now()"]),
        PlanCase(GroupStatements.changeRole, [user, member, group, "'admin'"], within: 20),
        PlanCase(GroupStatements.handOver, [user, member, group], within: 20),
        PlanCase(GroupStatements.appointOwner, [stranger, group, "100", "100", "now()"], within: 20),
    ]
}
