package import FeatureKit
package import Jobs
internal import Model
package import Persistence

/// Links by which people without an account see where somebody is, for a while (docs/adr/0048).
package struct SharesFeature: Feature {
    package static let name = "shares"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [Migration(number: 1, name: "shares", sql: PackageResources._001_shares_sql)])
    }

    let services: Services
    let core: CoreServices
    let store: PostgresShareStore
    let audience: ShareAudience

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("shares need the core's services") }
        self.services = services
        self.core = core
        store = PostgresShareStore(database: core.database)
        audience = ShareAudience(services.metrics)
    }

    package func register(in registry: Registry) {
        ShareSchemas.define(in: registry)
        addOwnRoutes(to: registry)
        addViewRoutes(to: registry)
    }

    package static func scheduledJobs(services: JobServices) -> [ScheduledJob] {
        let store = PostgresShareStore(database: services.database)
        let clock = services.clock
        return [
            ScheduledJob("shares", summary: "Remove shares whose time is over", schedule: .hourly) { _ in
                ["shares": try await store.removeExpired(at: clock.now)]
            }
        ]
    }

    static let tag = "Shares"
    static let ratePolicy = "share"
}
