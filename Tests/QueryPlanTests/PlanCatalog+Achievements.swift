@testable import Achievements
@testable import Travel

extension PlanCatalog {
    /// Who has been far, and has unlocked some.
    private static let traveller = "'00000000-0000-4000-9000-000000000001'::uuid"

    static let achievements: [PlanCase] = [
        // There are a dozen, and all are meant.
        PlanCase(AchievementStatements.all, [traveller], within: 20),
        PlanCase(AchievementStatements.unlock, [traveller, "ARRAY['globetrotter', 'frequent_traveler']"], within: 20),
        PlanCase(AchievementStatements.news, ["'2000:2000:'"], within: 20),
        PlanCase(AchievementStatements.catalogue, within: 20),
        PlanCase(
            AchievementStatements.put,
            ["'new'", "'travel'", "11", "'New'", "'New'", "'{\"type\": \"cells_total\", \"count\": 1}'"], within: 20),
        PlanCase(AchievementStatements.erase, [traveller], within: 20),
        PlanCase(TravelAchievements.statement, [traveller], within: 20),
    ]
}
