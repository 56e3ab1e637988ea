internal import FeatureKit
internal import Model

/// How the travel record of somebody who is erased goes (docs/adr/0033). Nobody else sees anything of it.
struct TravelErasure: ErasureStep {
    let store: PostgresRecordStore
    /// The most rows of a slice.
    var rows = 1_000

    func withdraw(_ person: UserID) async throws -> Bool {
        try await store.withdraw(person)
        return false
    }

    func erase(_ person: UserID) async throws -> Bool { try await store.erase(person, limit: rows) > 0 }
}
