internal import Earth
internal import Model
internal import Persistence

/// The atlas of the map in the database, loaded when it is first needed.
actor MapOnFirstUse {
    private let store: RegionStore
    private var atlas: EarthAtlas?

    init(store: RegionStore) { self.store = store }

    func get() async throws(RegionStoreError) -> EarthAtlas {
        if let atlas { return atlas }
        let map = try await store.load()?.map ?? RegionMapBuilder().build()
        let made = EarthAtlas(RegionIndex(map))
        atlas = made
        return made
    }
}
