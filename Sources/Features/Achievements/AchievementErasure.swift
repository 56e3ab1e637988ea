internal import FeatureKit
internal import Model

/// What somebody has unlocked goes at once: there is a row for each achievement at most, and nobody else saw it.
struct AchievementErasure: ErasureStep {
    let store: AchievementStore

    func withdraw(_ person: UserID) async throws -> Bool { false }

    func erase(_ person: UserID) async throws -> Bool {
        try await store.erase(person)
        return false
    }
}
