import FeatureKit
import Model
import Persistence
import Testing

@testable import Achievements

@Suite(.timeLimit(.minutes(3))) struct `News of achievements` {
    private static let insert =
        "INSERT INTO achievements.unlocked (user_id, code) VALUES ('%', 'explorer')"

    @Test func `has each once, in whatever order transactions end`() async throws {
        try await AchievementFixture.with { fixture in
            let store = fixture.store
            let (before, slow, quick) = (
                try await fixture.person(), try await fixture.person(), try await fixture.person()
            )
            func insert(_ user: UserID) -> String {
                `News of achievements`.insert.replacing("%", with: user.rawValue.description)
            }
            try await fixture.query(insert(before))
            var (unlocked, snapshot) = try await store.news(since: nil)
            // What was there when a hub began to look is no news.
            #expect(unlocked.isEmpty)
            try await fixture.database.withConnection(within: .seconds(60)) { connection in
                try await connection.run(script: "BEGIN; \(insert(slow))", timeout: .seconds(60))
                try await fixture.query(insert(quick))
                (unlocked, snapshot) = try await store.news(since: snapshot)
                #expect(unlocked.map(\.user) == [quick])
                #expect(unlocked.map(\.achievement.name) == ["Explorer"])
                (unlocked, snapshot) = try await store.news(since: snapshot)
                #expect(unlocked.isEmpty)
                try await connection.run(script: "COMMIT", timeout: .seconds(60))
            }
            (unlocked, snapshot) = try await store.news(since: snapshot)
            #expect(unlocked.map(\.user) == [slow])
            (unlocked, snapshot) = try await store.news(since: snapshot)
            #expect(unlocked.isEmpty)
        }
    }

    @Test func `has nothing of a database that was restored, and nothing old`() async throws {
        try await AchievementFixture.with { fixture in
            let (_, snapshot) = try await fixture.store.news(since: nil)
            let (restored, old) = (try await fixture.person(), try await fixture.person())
            // A number of a transaction that this server has not come to.
            try await fixture.query(
                "INSERT INTO achievements.unlocked VALUES ($1::uuid, 'explorer', clock_timestamp(), '99999999')",
                restored.rawValue)
            try await fixture.query(
                "INSERT INTO achievements.unlocked VALUES ($1::uuid, 'explorer', now() - interval '2 hours')",
                old.rawValue)
            #expect(try await fixture.store.news(since: snapshot).unlocked.isEmpty)
        }
    }
}
