internal import FeatureKit
internal import Persistence

extension TravelFeature {
    func addIngestion(to registry: Registry) {
        let limits = PostgresPrimaryDeviceStore.Limits(
            devicesPerGroup: core.groupLimit, devicesPerUser: core.deviceLimit)
        let devices = PrimaryDevices(
            store: PostgresPrimaryDeviceStore(database: core.database, limits: limits), devices: core.devices,
            live: core.live, people: services.people)
        // Nobody else is told of discoveries: the answer tells them, and what they have unlocked.
        let ingestion = Ingestion(store: PostgresIngestStore(database: core.database), atlas: travel.atlas) {
            [keeper = travel.keeper] user throws(PostgresError) in _ = try await keeper.workIn(for: user)
        }
        IngestRoutes(ingestion: ingestion, devices: devices, services: services).register(in: registry)
    }
}
