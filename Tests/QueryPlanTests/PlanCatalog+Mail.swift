@testable import Accounts
@testable import Jobs
@testable import Persistence

extension PlanCatalog {
    /// A user of the filled database.
    private static let user = "'00000000-0000-4000-9000-0000000001f4'::uuid"
    private static let token = "sha256('500'::bytea)"

    static let mail: [PlanCase] = [
        PlanCase(
            MailStatements.issue,
            [
                "sha256('new'::bytea)", user, "'reset_password'", "gen_random_uuid()", "now()",
                "now() + interval '1 hour'", "now() - interval '1 hour'", "5",
            ], within: 20),
        PlanCase(MailStatements.recipient, [user], within: 20),
        PlanCase(MailStatements.look, [token, "now()"], within: 20),
        PlanCase(MailStatements.reset, [token, "repeat('x', 40)", "now()"], within: 50),
        PlanCase(MailStatements.verify, [token, "now()"], within: 20),
        PlanCase(MailStatements.removal, ["now()", "1000"]),
        PlanCase(
            NotificationStatements.add,
            [keys, fifty("'group_message'", "text"), keys, fifty("7", "int8"), fifty("NULL", "uuid")]),
        PlanCase(NotificationStatements.notices, [user], within: 20),
        PlanCase(NotificationStatements.lock, [user], within: 20),
        PlanCase(
            NotificationStatements.takeOff,
            [user, "ARRAY['mention']", "ARRAY[\(user)]", "ARRAY[1]"], within: 20),
        PlanCase(NotificationStatements.removeTold, [user], within: 20),
        PlanCase(NotificationStatements.hasNotices, [user], within: 20),
        PlanCase(NotificationStatements.preferences, [user, "now()"], within: 20),
        PlanCase(
            NotificationStatements.setPreferences,
            [user, "ARRAY['email']", "'all'", "1320", "420", "'Europe/Berlin'", "now()", "true"], within: 20),
        PlanCase(NotificationStatements.names, [keys]),
        PlanCase(
            JobQueueStore.insertMany,
            [
                keys, fifty("'kind_1'", "text"), fifty("1", "int2"), fifty("''", "bytea"), fifty("'k'", "text"),
                fifty("0", "float8"), fifty("8", "int4"),
            ]),
        PlanCase(JobQueueStore.retire, [user, "1"], within: 20),
    ]
}
