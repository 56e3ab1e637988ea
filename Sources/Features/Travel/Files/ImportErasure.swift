internal import FeatureKit
internal import Model

/// How files that wait go when an account is erased.
struct ImportErasure: ErasureStep {
    let store: PostgresImportStore

    func withdraw(_ person: UserID) async throws -> Bool { false }

    func erase(_ person: UserID) async throws -> Bool { try await store.erase(person) }
}
