package import FeatureKit
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
            ])
    }

    private let services: Services
    private let core: CoreServices

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("travel needs the core's services") }
        self.services = services
        self.core = core
    }

    package func register(in registry: Registry) {
        services.erasures.add(TravelErasure(store: PostgresRecordStore(database: core.database)))
        services.achievements.add(TravelAchievements(database: core.database))
    }
}
