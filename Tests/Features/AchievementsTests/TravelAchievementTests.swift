import FeatureKit
import Model
import Testing

@testable import Achievements

@Suite(.timeLimit(.minutes(3))) struct `Achievements of travel` {
    /// What a record must have for an achievement, as the record keeps it, and the most that is not enough.
    struct Case: Sendable, CustomTestStringConvertible {
        let code: String
        let enough: [String]
        let tooLittle: [String]
        var testDescription: String { code }
    }

    private static func totals(_ set: String) -> String {
        "UPDATE travel.travellers SET \(set) WHERE user_id = $1::uuid"
    }

    /// Regions of one country, and that country.
    private static func regions(_ country: String, _ count: Int) -> String {
        """
        INSERT INTO travel.user_regions SELECT $1::uuid, '\(country)', CASE n WHEN 0 THEN '' ELSE '\(country)-' || n END,
            1, 1, now(), 1, now() FROM generate_series(0, \(count)) AS n
        """
    }

    /// So many of 10,000 cells of one country, and a few of another.
    private static func coverage(_ cells: Int) -> [String] {
        [
            """
            INSERT INTO travel.user_regions SELECT $1::uuid, c, '', n + 5000, n, now(), 1, now()
            FROM (VALUES ('AA', \(cells)), ('BB', 100)) AS v (c, n)
            """
        ]
    }

    static let cases: [Case] = [
        Case(code: "first_steps", enough: [totals("cells_res8 = 1")], tooLittle: [totals("cells_res6 = 9")]),
        Case(code: "explorer", enough: [totals("cells_res8 = 100")], tooLittle: [totals("cells_res8 = 99")]),
        Case(code: "wanderer", enough: [totals("cells_res8 = 500")], tooLittle: [totals("cells_res8 = 499")]),
        Case(code: "globetrotter", enough: [totals("countries = 10")], tooLittle: [totals("countries = 9")]),
        Case(code: "country_collector", enough: [totals("countries = 25")], tooLittle: [totals("countries = 24")]),
        Case(
            code: "state_hopper", enough: [regions("AA", 5)],
            tooLittle: [regions("AA", 4), regions("BB", 4), totals("regions = 8")]),
        Case(code: "regional_master", enough: [totals("regions = 50")], tooLittle: [totals("regions = 49")]),
        Case(
            code: "hemisphere_hopper", enough: [totals("has_northern = true, has_southern = true")],
            tooLittle: [totals("has_southern = true")]),
        Case(code: "coverage_bronze", enough: coverage(1000), tooLittle: coverage(999)),
        Case(code: "frequent_traveler", enough: [totals("days = 30")], tooLittle: [totals("days = 29")]),
    ]

    @Test(arguments: cases) func `are unlocked at their threshold, and not just below it`(one: Case) async throws {
        try await AchievementFixture.with { fixture in
            try await fixture.query(
                """
                INSERT INTO travel.countries (code, name, cells_6, cells_8, square_km)
                VALUES ('AA', 'A', 200, 10000, 7000), ('BB', 'B', 200, 10000, 7000)
                """)
            let engine = fixture.engine()
            for (changes, isEnough) in [(one.tooLittle, false), (one.enough, true)] {
                let user = try await fixture.traveller()
                for change in changes { try await fixture.query(change, user.rawValue) }
                let unlocked = try await engine.check(user)
                #expect(unlocked.contains { $0.code == one.code } == isEnough)
                let standing = try await engine.standings(of: user).first { $0.achievement.code == one.code }
                #expect((standing?.achievement.unlockedAt != nil) == isEnough)
                let percent = try #require(standing?.progress?.percent)
                #expect(isEnough ? percent == 100 : percent < 100)
            }
        }
    }

    @Test func `are the ten of the seeds, in order`() async throws {
        try await AchievementFixture.with { fixture in
            let user = try await fixture.person()
            let standings = try await fixture.engine().standings(of: user)
            #expect(standings.map(\.achievement.code) == `Achievements of travel`.cases.map(\.code))
            #expect(standings.allSatisfy { $0.achievement.area == "travel" && $0.achievement.unlockedAt == nil })
            // Somebody who has been nowhere.
            #expect(standings.allSatisfy { $0.progress?.value == 0 && $0.progress?.percent == 0 })
            #expect(try await fixture.engine().check(user).isEmpty)
        }
    }
}
