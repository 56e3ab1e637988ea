@testable import Chat
@testable import Persistence

extension PlanCatalog {
    private static func person(_ number: Int) -> String { "'00000000-0000-4000-9000-\(hex(number))'::uuid" }
    private static let hundred = "ARRAY[\((1...100).map { person($0) }.joined(separator: ", "))]"

    static let presence: [PlanCase] = [
        PlanCase(PresenceStatements.profile, [person(1)], within: 20),
        // The one who is in a thousand conversations.
        PlanCase(PresenceStatements.watchers, [person(1)], within: 500),
        PlanCase(PresenceStatements.watchers, [person(7)], within: 50),
        PlanCase(PresenceStatements.profiles, [person(7), hundred], within: 200),
        PlanCase(
            PresenceStatements.declare,
            [
                hundred, "array_fill('away'::text, ARRAY[100])", "array_fill(NULL::text, ARRAY[100])",
                "array_fill(now(), ARRAY[100])",
            ], within: 100),
        PlanCase(PresenceStatements.seen, [hundred, "array_fill(now(), ARRAY[100])"], within: 100),
        PlanCase(PresenceStatements.show, [person(7), "false"], within: 20),
    ]
}
