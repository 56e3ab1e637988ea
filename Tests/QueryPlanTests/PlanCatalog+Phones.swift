@testable import Phones
@testable import Shares

extension PlanCatalog {
    private static let token = "sha256('phone-5000'::bytea)"
    private static let person = "'00000000-0000-4000-9000-000000005000'::uuid"
    private static let own = "'00000000-0000-4000-8000-000000005000'::uuid"
    private static let share = "'00000000-0000-4000-c000-000000005000'::uuid"

    /// Tokens of phone apps, and shares.
    static let phones: [PlanCase] = [
        PlanCase(PhoneTokenStatements.replace, [device, "sha256('plan'::bytea)", "now()"], within: 20),
        PlanCase(PhoneTokenStatements.createdAt, [device], within: 20),
        PlanCase(PhoneTokenStatements.device, [token], within: 20),
        PlanCase(PhoneTokenStatements.removal, [device], within: 20),
        PlanCase(
            ShareStatements.make,
            [
                "gen_random_uuid()", "sha256('plan'::bytea)", person, own, "now()", "now() + interval '1 hour'", "20",
            ], within: 20),
        PlanCase(ShareStatements.ofUser, [person, "now()"], within: 20),
        PlanCase(ShareStatements.isOwn, [share, person], within: 20),
        PlanCase(ShareStatements.removal, [share, person], within: 20),
        PlanCase(
            ShareStatements.withToken, ["sha256('share-00000000-0000-4000-9000-000000005000'::bytea)", "now()"],
            within: 20),
        PlanCase(ShareStatements.removeExpired, ["now()"]),
    ]
}
