internal import FeatureKit
internal import Model

/// How files that wait go when an account is erased.
///
/// It comes before ``TravelErasure``: no points may come once that one has begun, and the row that it ends with would take
/// all pieces along in one statement.
struct ImportErasure: ErasureStep {
    let store: PostgresImportStore
    let clock: any LiveClock

    /// Gives up all that is under way, so that no more points come.
    func withdraw(_ person: UserID) async throws -> Bool {
        try await store.cancelAll(of: person, at: clock.now)
        return false
    }

    func erase(_ person: UserID) async throws -> Bool { try await store.erase(person) }
}
