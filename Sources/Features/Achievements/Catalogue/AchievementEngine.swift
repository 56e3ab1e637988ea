internal import FeatureKit
internal import Model
internal import Persistence
internal import Synchronization
internal import Telemetry

/// Compares what achievements ask for with what the areas count. Knows no area: a type of criteria is whoever counts it.
/// Callable from any thread.
final class AchievementEngine: AchievementChecking {
    private let store: AchievementStore
    private let checks: AchievementChecks
    private let log: Logger
    /// Criteria that nobody understands, which have been logged.
    private let reported = Mutex<Set<String>>([])

    /// - Parameter checks: Has the sources, which may be added until the first check.
    init(store: AchievementStore, checks: AchievementChecks, log: Logger) {
        self.store = store
        self.checks = checks
        self.log = log
    }

    func check(_ user: UserID) async throws(PostgresError) -> [UnlockedAchievement] {
        let locked = try await store.all(for: user).filter { $0.unlockedAt == nil }
        let reached = try await standings(of: user, in: locked).filter { $0.progress?.isReached == true }
        guard !reached.isEmpty else { return [] }
        return try await store.unlock(reached.map(\.achievement.code), for: user)
    }

    /// All achievements that say something to this hub, and those that somebody has unlocked, in order.
    func standings(of user: UserID) async throws(PostgresError) -> [AchievementStanding] {
        try await standings(of: user, in: store.all(for: user))
    }

    /// All of them, after those were unlocked that somebody has reached since the last check.
    func brought(upToDate user: UserID) async throws(PostgresError) -> [AchievementStanding] {
        let before = try await standings(of: user)
        guard before.contains(where: { $0.achievement.unlockedAt == nil && $0.progress?.isReached == true }) else {
            return before
        }
        _ = try await check(user)
        return try await standings(of: user)
    }

    /// Those that somebody has unlocked, in order.
    func unlocked(by user: UserID) async throws(PostgresError) -> [AchievementStanding] {
        try await standings(of: user, in: store.all(for: user).filter { $0.unlockedAt != nil })
    }

    /// Why nobody is shown an achievement with these criteria; nothing if they are understood.
    func reasonToHide(_ criteria: String) -> StaticString? {
        do throws(CriterionError) {
            _ = try criterion(criteria, among: known)
            return nil
        } catch {
            return error.reason
        }
    }

    /// The types that somebody counts.
    private var known: Set<String> { checks.sources.reduce(into: []) { $0.formUnion($1.criteria) } }

    private func criterion(_ text: String, among known: Set<String>) throws(CriterionError) -> Criterion {
        let criterion = try Criterion(json: text)
        guard known.contains(criterion.type) else { throw .unknownType }
        return criterion
    }

    private func standings(
        of user: UserID, in achievements: [Achievement]
    ) async throws(PostgresError) -> [AchievementStanding] {
        let (sources, known) = (checks.sources, known)
        let understood = achievements.map { (achievement: $0, criterion: criterion(of: $0, among: known)) }
        let criteria = Array(Set(understood.compactMap(\.criterion)))
        var values: [Criterion: Double] = [:]
        for source in sources {
            let own = criteria.filter { source.criteria.contains($0.type) }
            guard !own.isEmpty else { continue }
            values.merge(try await source.progress(of: user, in: own)) { first, _ in first }
        }
        return understood.compactMap { achievement, criterion in
            guard let criterion else {
                return achievement.unlockedAt == nil
                    ? nil : AchievementStanding(achievement: achievement, progress: nil)
            }
            let value = values[criterion] ?? 0
            return AchievementStanding(
                achievement: achievement,
                progress: AchievementProgress(value: value.isFinite ? max(0, value) : 0, goal: criterion.goal))
        }
    }

    /// Nothing for criteria that nobody understands, which the log is told once.
    private func criterion(of achievement: Achievement, among known: Set<String>) -> Criterion? {
        do throws(CriterionError) {
            return try criterion(achievement.criteriaJSON, among: known)
        } catch {
            let isNew = reported.withLock { $0.insert("\(achievement.code) \(achievement.criteriaJSON)").inserted }
            if isNew {
                log.warning(
                    "an achievement is hidden",
                    ["code": .string(achievement.code), "reason": .string("\(error.reason)")])
            }
            return nil
        }
    }
}
