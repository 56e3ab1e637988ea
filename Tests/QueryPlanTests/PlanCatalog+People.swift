@testable import Accounts
@testable import Persistence

extension PlanCatalog {
    /// The person numbered 500, who owns the group; see `scripts/fill-accounts.sql`.
    private static let user = "'00000000-0000-4000-9000-0000000001f4'::uuid"
    private static let ours = "'fill-500'"
    /// The one numbered 10,500, another member of it.
    private static let member = "'00000000-0000-4000-9000-000000002904'::uuid"
    /// The one numbered 502, for whom there is an invitation of the group numbered 501.
    private static let stranger = "'00000000-0000-4000-9000-0000000001f6'::uuid"

    private static let everyone = ids((1...50).map { "00000000-0000-4000-9000-" + hex($0) })

    /// People, their devices and groups.
    static let people: [PlanCase] = [
        PlanCase(
            DeviceStatements.register,
            ["gen_random_uuid()", "'Ada'", ours, "'android'", "NULL", "100", "now()", user, "100"], within: 20),
        PlanCase(PeopleStatements.owner, [device], within: 20),
        PlanCase(PeopleStatements.isMember, [user, ours], within: 20),
        PlanCase(PeopleStatements.ended, [everyone, fifty("'fill-500'", "text")]),
        PlanCase(PeopleStatements.devices, [user], within: 20),
        PlanCase(PeopleStatements.person, [user, member], within: 20),
        PlanCase(PeopleStatements.named, ["'fill-10500'"], within: 20),
        PlanCase(PeopleStatements.block, [user, stranger, "1000", "now()"], within: 20),
        PlanCase(PeopleStatements.unblock, [user, stranger], within: 20),
        PlanCase(PeopleStatements.blocked, [user, "'00000000-0000-0000-0000-000000000000'", "100"], within: 20),
        PlanCase(GroupStatements.make, [user, "'new-group'", "'New'", "100", "now()"], within: 20),
        PlanCase(GroupStatements.ofUser, [user], within: 20),
        PlanCase(GroupStatements.one, [user, ours], within: 20),
        PlanCase(GroupStatements.members, [user, ours], within: 20),
        PlanCase(HistoryStatements.groupTrails, [ours, user, "now() - interval '1 day'", "360", "240"]),
        PlanCase(GroupStatements.rename, [user, ours, "'Ours'"], within: 20),
        PlanCase(GroupStatements.endMembership, [user, member, ours, "now()"]),
        PlanCase(GroupStatements.dissolve, [user, ours, "now()"]),
        PlanCase(GroupStatements.changeRole, [user, member, ours, "'admin'"], within: 20),
        PlanCase(GroupStatements.handOver, [user, member, ours], within: 20),
        PlanCase(GroupStatements.appointOwner, [stranger, ours, "100", "100", "now()"], within: 20),
    ]

    /// Invitations, of which there are as many as people.
    static let invitations: [PlanCase] = [
        PlanCase(
            InvitationStatements.invite,
            [
                user, ours, "gen_random_uuid()", "'ZZZZZZZZZZZZ'", "'member'", "1", "now()", "now() + interval '1 day'",
                "'fill-503'", "'fill-503'", "100",
            ], within: 20),
        PlanCase(InvitationStatements.joinFirst, [stranger, "'0000000001F5'", "100", "100", "now()"], within: 20),
        PlanCase(InvitationStatements.join, [stranger, "'0000000001F5'", "100", "100", "now()"], within: 20),
        PlanCase(InvitationStatements.ofGroup, [ours, "now()"]),
        PlanCase(InvitationStatements.role, [ours, user], within: 20),
        PlanCase(
            InvitationStatements.revoke, [ours, "'00000000-0000-4000-b000-0000000001f4'::uuid"], within: 20),
        PlanCase(InvitationStatements.withCode, ["'0000000001F4'", stranger, "now()"], within: 20),
        PlanCase(
            InvitationStatements.sentTo,
            [stranger, "now()", "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid", "101"], within: 20),
        PlanCase(InvitationStatements.isOpen, ["'0000000001F5'", "now()"], within: 20),
        PlanCase(InvitationStatements.decline, ["'0000000001F5'", stranger], within: 20),
    ]
}
