import EventLoop
import FeatureKit
import HubTesting
import Model
import Persistence
import Telemetry
import Travel

@testable import Achievements

/// A database of its own for one test, with two hubs' ways to it.
struct AchievementFixture: Sendable {
    let loops: LoopGroup
    let database: Database
    /// Another hub's connections.
    let other: Database
    let test: TestDatabase

    static func with<Value>(_ body: (AchievementFixture) async throws -> Value) async throws -> Value {
        let areas = [TravelFeature.migrations, AchievementsFeature.migrations].compactMap { $0 }
        let test = try await TestPostgres.shared.database(areas: areas)
        let loops = try LoopGroup.start(count: 2)
        let database = Database(url: test.url, limits: .patient(), on: loops.loops)
        let other = Database(url: test.url, limits: .patient(), on: loops.loops)
        database.start()
        other.start()
        let fixture = AchievementFixture(loops: loops, database: database, other: other, test: test)
        do {
            let value = try await body(fixture)
            await fixture.end()
            return value
        } catch {
            await fixture.end()
            throw error
        }
    }

    private func end() async {
        await database.close()
        await other.close()
        await loops.stop()
        try? await test.drop()
    }

    var store: AchievementStore { AchievementStore(database: database) }

    /// - Parameters:
    ///   - sources: What is counted; a travel record's quantities if not given.
    ///   - database: Another hub's, if given.
    func engine(
        _ sources: [any AchievementSource]? = nil, on database: Database? = nil, log: Logger = TestPostgres.log
    ) -> AchievementEngine {
        let checks = AchievementChecks()
        for source in sources ?? [TravelAchievements(database: database ?? self.database)] { checks.add(source) }
        return AchievementEngine(store: AchievementStore(database: database ?? self.database), checks: checks, log: log)
    }

    func person() async throws -> UserID {
        let user = UserID(.version7(at: Timestamp(milliseconds: 1_700_000_000_000)))
        try await query(
            "INSERT INTO core.users (id, username, username_key, display_name) VALUES ($1::uuid, $2, $2, $2)",
            user.rawValue, String(user.rawValue.description))
        return user
    }

    /// Somebody with an empty travel record.
    func traveller() async throws -> UserID {
        let user = try await person()
        try await query("INSERT INTO travel.travellers (user_id) VALUES ($1::uuid)", user.rawValue)
        return user
    }

    /// Takes the seeds away, and adds one achievement.
    func only(_ code: String, _ criteria: String) async throws {
        try await query("DELETE FROM achievements.achievements")
        try await add(code, criteria)
    }

    func add(_ code: String, _ criteria: String, position: Int32 = 1) async throws {
        try await query(
            """
            INSERT INTO achievements.achievements (code, area, position, name, description, criteria_json)
            VALUES ($1, 'test', $2::integer, $1, $1, $3::text::jsonb)
            """, code, position, criteria)
    }

    func codes(_ user: UserID) async throws -> Set<String> {
        Set(try await store.all(for: user).filter { $0.unlockedAt != nil }.map(\.code))
    }

    /// Runs a query given as text.
    @discardableResult
    func query(_ sql: String, _ parameters: (any PostgresEncodable)?...) async throws -> PostgresResult {
        var encoded = PostgresParameters()
        for parameter in parameters {
            if let parameter { encoded.append(parameter) } else { encoded.append(Int32?.none) }
        }
        return try await database.query(PostgresQuery(PostgresStatement("test." + sql, sql), encoded))
    }
}

/// Counts what a test says.
struct FixedSource: AchievementSource {
    var criteria: Set<String> { Set(values.keys) }
    let values: [String: Double]

    init(_ values: [String: Double]) { self.values = values }

    func progress(of user: UserID, in criteria: [Criterion]) async throws(PostgresError) -> [Criterion: Double] {
        criteria.reduce(into: [:]) { $0[$1] = values[$1.type] }
    }
}
