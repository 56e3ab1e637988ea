@testable import Persistence

extension PlanCatalog {
    /// A note of the audit log, as the statements take it that write one with what it tells of.
    private static let note = [
        "now()", "gen_random_uuid()", "'pm_plan0'", "'plan'", "'plan'", "NULL", "'r-1'", "'::1'", "NULL",
    ]
    private static let firstID = "'00000000-0000-0000-0000-000000000000'::uuid"

    /// Erasure, administration, the audit log and history.
    static let custody: [PlanCase] = [
        PlanCase(CustodyStatements.batch, [device, "10000", "NULL"]),
        PlanCase(CustodyStatements.erase, [device, "now()", "0"] + note),
        PlanCase(CustodyStatements.purge, [inactiveDevice, "now()", "0"] + note + ["now() + interval '1 day'"]),
        PlanCase(CustodyStatements.reactivate, [inactiveDevice, "20", "now()"] + note),
        PlanCase(CustodyStatements.inactive, ["now() + interval '1 day'", firstID, "200"]),
        PlanCase(CustodyStatements.all, [firstID, "NULL", "100"]),
        PlanCase(CustodyStatements.allInactive, [firstID, "100"]),
        PlanCase(CustodyStatements.inGroup, [group, firstID, "NULL", "100"]),
        PlanCase(CustodyStatements.keys, ["'ffffffff-ffff-ffff-ffff-ffffffffffff'", "100"]),
        PlanCase(
            AuditStatements.note,
            [
                fifty("now()", "timestamptz"), keys, fifty("'pm_plan0'", "text"), fifty("'plan'", "text"),
                fifty("NULL", "text"), fifty("'done'", "text"), fifty("NULL", "int8"), fifty("1", "int4"),
                fifty("NULL", "text"), fifty("'r-1'", "text"), fifty("'::1'", "text"), fifty("NULL", "uuid"),
            ]),
        PlanCase(AuditStatements.page, ["'-infinity'", "'infinity'", "'infinity'", "9223372036854775807", "100"]),
        PlanCase(AuditStatements.ofTarget, ["'plan'", "1000"]),
        PlanCase(AuditStatements.removal, ["now()", "10000"]),
        PlanCase(AuditStatements.forgetErasures, ["now()"]),
        PlanCase(HistoryStatements.newestFirst, [device, "'-infinity'", "'infinity'", "101"]),
        PlanCase(HistoryStatements.oldestFirst, [device, "'-infinity'", "500"]),
        PlanCase(HistoryStatements.groupAt, [group, "now()", "'-infinity'"]),
        PlanCase(HistoryStatements.exportedDevice, [device], within: 20),
    ]
}
