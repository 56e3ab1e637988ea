internal import Earth
internal import Jobs
internal import Model
internal import Persistence

/// Works points into records by the map that is stored; reads that when it is first needed, and again when it has changed.
actor MapRecords: RecordWorker {
    private let maps: RegionStore
    private let records: PostgresRecordStore
    private var known: (digest: [UInt8], atlas: EarthAtlas)?

    init(database: Database) {
        maps = RegionStore(database: database)
        records = PostgresRecordStore(database: database)
    }

    func workIn(_ user: UserID) async throws {
        let atlas = try await atlas()
        try await RecordKeeper(store: records, atlas: atlas).workIn(for: user)
    }

    private func atlas() async throws -> EarthAtlas {
        if let known, try await maps.digest() == known.digest { return known.atlas }
        guard let stored = try await maps.load() else {
            throw JobFailure.notYet("there is no map of countries and regions", after: .seconds(60))
        }
        let atlas = EarthAtlas(RegionIndex(stored.map))
        known = (stored.digest, atlas)
        return atlas
    }
}
