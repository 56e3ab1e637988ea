internal import FeatureKit
internal import Persistence

extension TravelFeature {
    func addIngestion(to registry: Registry) {
        let limits = PostgresPrimaryDeviceStore.Limits(
            devicesPerGroup: core.groupLimit, devicesPerUser: core.deviceLimit)
        let devices = PrimaryDevices(
            store: PostgresPrimaryDeviceStore(database: core.database, limits: limits), devices: core.devices,
            live: core.live, people: services.people)
        let map = MapOnFirstUse(store: RegionStore(database: core.database))
        let (store, records) = (
            PostgresIngestStore(database: core.database), PostgresRecordStore(database: core.database)
        )
        let ingestion = { @Sendable () async throws(RegionStoreError) in
            let atlas = try await map.get()
            let keeper = RecordKeeper(store: records, atlas: atlas)
            return Ingestion(store: store, atlas: atlas) { user throws(PostgresError) in
                try await keeper.workIn(for: user)
            }
        }
        IngestRoutes(ingestion: ingestion, devices: devices, services: services).register(in: registry)
    }
}
