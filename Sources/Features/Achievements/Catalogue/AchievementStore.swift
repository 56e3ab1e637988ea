internal import FeatureKit
internal import Model
internal import Persistence

/// Achievements, and who has unlocked them, in Postgres. Callable from any thread.
struct AchievementStore: Sendable {
    let database: Database

    /// All there are, in the order in which they are listed, as `user` sees them.
    func all(for user: UserID) async throws(PostgresError) -> [Achievement] {
        try await database.query(AchievementStatements.all.with(user.rawValue)).rows.compactMap { row in
            guard let code = row.text(0), let area = row.text(1), let name = row.text(2),
                let description = row.text(3), let criteria = row.text(4)
            else { return nil }
            return Achievement(
                code: code, area: area, name: name, description: description, criteriaJSON: criteria,
                unlockedAt: row.timestamp(5))
        }
    }

    /// - Returns: Those of `codes` that were locked until now; for somebody who is no more, none.
    func unlock(_ codes: [String], for user: UserID) async throws(PostgresError) -> [UnlockedAchievement] {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(array: codes)
        do throws(PostgresError) {
            return try await database.retryingQuery(PostgresQuery(AchievementStatements.unlock, parameters))
                .rows.compactMap { UnlockedAchievement(row: $0, from: 0) }
        } catch {
            // The person, or an achievement, was removed meanwhile.
            guard error.sqlState == .foreignKeyViolation else { throw error }
            return []
        }
    }

    /// What has been unlocked since a look before.
    ///
    /// - Parameter snapshot: What that look returned; nothing for the first, which finds nothing.
    /// - Returns: Each once, however looks and commits are mixed; and what to go on from.
    func news(
        since snapshot: String?
    ) async throws(PostgresError) -> (unlocked: [(user: UserID, achievement: UnlockedAchievement)], snapshot: String) {
        let result = try await database.query(AchievementStatements.news.with(snapshot))
        let unlocked = result.rows.compactMap { row -> (user: UserID, achievement: UnlockedAchievement)? in
            guard let user = row.uniqueID(1), let achievement = UnlockedAchievement(row: row, from: 2) else {
                return nil
            }
            return (UserID(user), achievement)
        }
        return (unlocked, result[0].text(0) ?? "")
    }

    /// What there is, as operators see it, in the order in which it is listed.
    func catalogue() async throws(PostgresError) -> [CatalogueEntry] {
        try await database.query(AchievementStatements.catalogue.with()).rows.compactMap { row in
            guard let code = row.text(0), let area = row.text(1), let position = row.int32(2), let name = row.text(3),
                let description = row.text(4), let criteria = row.text(5)
            else { return nil }
            return CatalogueEntry(
                code: code, area: area, position: position, name: name, description: description,
                criteriaJSON: criteria)
        }
    }

    /// Adds an achievement, or changes the one of that code.
    func put(_ entry: CatalogueEntry) async throws(PostgresError) {
        _ = try await database.query(
            AchievementStatements.put.with(
                entry.code, entry.area, entry.position, entry.name, entry.description, entry.criteriaJSON))
    }

    func erase(_ user: UserID) async throws(PostgresError) {
        _ = try await database.query(AchievementStatements.erase.with(user.rawValue))
    }
}

extension UnlockedAchievement {
    /// Code, name, description and time, from a column on.
    fileprivate init?(row: PostgresRow, from column: Int) {
        guard let code = row.text(column), let name = row.text(column + 1), let description = row.text(column + 2),
            let moment = row.timestamp(column + 3)
        else { return nil }
        self.init(code: code, name: name, description: description, unlockedAt: moment)
    }
}

extension SQLState {
    fileprivate static let foreignKeyViolation = SQLState("23503")
}
