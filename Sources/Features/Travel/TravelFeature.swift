package import FeatureKit
package import Jobs
package import Persistence

/// Travel: where people have been.
package struct TravelFeature: Feature {
    package static let name = "travel"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [
                Migration(number: 1, name: "regions", bytes: PackageResources._001_regions_sql),
                Migration(number: 2, name: "record", bytes: PackageResources._002_record_sql),
                Migration(number: 3, name: "imports", bytes: PackageResources._003_imports_sql),
            ])
    }

    package static func scheduledJobs(services: JobServices) -> [ScheduledJob] {
        [TravelFiles.upkeep(services)]
    }

    let services: Services
    let core: CoreServices

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("travel needs the core's services") }
        self.services = services
        self.core = core
    }

    package func register(in registry: Registry) {
        services.erasures.add(TravelErasure(store: PostgresRecordStore(database: core.database)))
        addIngestion(to: registry)
        services.achievements.add(TravelAchievements(database: core.database))
        StatisticsRoutes(store: StatisticsStore(database: core.database)).register(in: registry)
        TimelineRoutes(store: TimelineStore(database: core.database)).register(in: registry)
        TripRoutes(store: TripStore(database: core.database)).register(in: registry)
        TravelFiles(services: services, core: core, worker: MapRecords(database: core.database)).register(in: registry)
        registry.add(.outlines(of: OutlineShelf(store: RegionStore(database: core.database))))
    }
}
