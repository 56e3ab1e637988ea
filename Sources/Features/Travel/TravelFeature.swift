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

    package init(services: Services) { self.services = services }

    package func register(in registry: Registry) {
        guard let core = services.core else { preconditionFailure("travel needs the core's services") }
        registry.add(.outlines(of: OutlineShelf(store: RegionStore(database: core.database))))
    }
}
