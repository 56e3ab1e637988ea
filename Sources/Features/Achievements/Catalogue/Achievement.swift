internal import FeatureKit
internal import Model

/// Something to reach, as one person sees it.
struct Achievement: Hashable, Sendable {
    /// Stable, such as `first_steps`.
    var code: String
    /// The area of the product that it belongs to.
    var area: String
    var name: String
    var description: String
    /// What it asks for, as it is stored: one JSON object.
    var criteriaJSON: String
    /// Nothing while it is locked.
    var unlockedAt: Timestamp?
}

/// An achievement as operators see it.
struct CatalogueEntry: Hashable, Sendable {
    var code: String
    var area: String
    /// Its place in the area.
    var position: Int32
    var name: String
    var description: String
    var criteriaJSON: String
}

/// How far somebody is with an achievement.
struct AchievementProgress: Hashable, Sendable {
    /// By now, in the unit of the goal; it may be less than it once was.
    var value: Double
    var goal: Double

    var isReached: Bool { value >= goal }

    /// From 0 to 100, cut to a tenth: 100 exactly if the goal is reached.
    var percent: Double {
        guard !isReached else { return 100 }
        return min(99.9, max(0, (value / goal * 1000).rounded(.down) / 10))
    }
}

/// An achievement, and how far somebody is.
struct AchievementStanding: Hashable, Sendable {
    var achievement: Achievement
    /// Nothing for one whose criteria nobody on this hub understands any more; then it is unlocked.
    var progress: AchievementProgress?
}
