package import Model
package import Persistence
internal import Synchronization

/// Something that somebody has reached, once and for good.
package struct UnlockedAchievement: Hashable, Sendable {
    /// Stable, such as `first_steps`.
    package var code: String
    package var name: String
    package var description: String
    package var unlockedAt: Timestamp

    package init(code: String, name: String, description: String, unlockedAt: Timestamp) {
        self.code = code
        self.name = name
        self.description = description
        self.unlockedAt = unlockedAt
    }
}

/// What an achievement asks for: that a quantity of somebody's is at least so much.
package struct Criterion: Hashable, Sendable {
    /// Which quantity, such as `cells_total`: of 1 to 64 lower-case letters, digits and underscores.
    package var type: String
    /// Finite and more than 0, in the quantity's own unit.
    package var goal: Double

    package init(type: String, goal: Double) {
        self.type = type
        self.goal = goal
    }
}

/// Finds out what people have reached; one area offers it (``AchievementChecks/serve(with:)``). Callable from any thread.
package protocol AchievementChecking: Sendable {
    /// Unlocks what somebody has reached by now.
    ///
    /// Called once after a batch, not for each of its items. However many check at once, on whichever hubs, each
    /// achievement is returned to one of them alone; the sessions of the person's on all hubs are told by the area.
    ///
    /// - Returns: What was not unlocked before, in the order in which achievements are listed.
    /// - Throws: Then nothing has been unlocked; the next check finds it. What was counted is committed by then and stays.
    func check(_ user: UserID) async throws(PostgresError) -> [UnlockedAchievement]
}

/// Counts what achievements ask for; an area adds one for what it keeps (``AchievementChecks/add(_:)``).
package protocol AchievementSource: Sendable {
    /// The types of criteria that it knows; no other area's.
    var criteria: Set<String> { get }

    /// How far somebody is, in the unit of the goal. What has been worked in and committed counts. Meant to be one
    /// statement, for all that is asked.
    ///
    /// - Parameter criteria: Of the source's types; not empty.
    /// - Returns: A value, which is finite and at least 0, for each; what is missing is 0.
    func progress(of user: UserID, in criteria: [Criterion]) async throws(PostgresError) -> [Criterion: Double]
}

/// How areas have it found out what people have reached: one checks, others count and ask. Callable from any thread.
package final class AchievementChecks: Sendable {
    private struct Parts {
        var checking: (any AchievementChecking)?
        var sources: [any AchievementSource] = []
    }

    private let parts = Mutex(Parts())

    package init() {}

    /// While the hub starts.
    ///
    /// - Precondition: No other area checks.
    package func serve(with checking: any AchievementChecking) {
        parts.withLock { parts in
            precondition(parts.checking == nil, "Two areas check achievements")
            parts.checking = checking
        }
    }

    /// While the hub starts.
    ///
    /// - Precondition: No other area knows one of its types.
    package func add(_ source: any AchievementSource) {
        parts.withLock { parts in
            precondition(
                parts.sources.allSatisfy { $0.criteria.isDisjoint(with: source.criteria) }, "Two areas count the same")
            parts.sources.append(source)
        }
    }

    /// In the order in which they were added.
    package var sources: [any AchievementSource] { parts.withLock { $0.sources } }

    /// As ``AchievementChecking/check(_:)``. Nothing on a hub that knows no achievements.
    package func check(_ user: UserID) async throws(PostgresError) -> [UnlockedAchievement] {
        guard let checking = parts.withLock({ $0.checking }) else { return [] }
        return try await checking.check(user)
    }
}
