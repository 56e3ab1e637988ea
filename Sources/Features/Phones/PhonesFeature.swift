package import FeatureKit
internal import HTTP
internal import Model
package import Persistence
internal import Wire

/// Phone apps that report by protocols of their own: OwnTracks, OsmAnd and Traccar Client (docs/adr/0047).
package struct PhonesFeature: Feature {
    package static let name = "phones"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [Migration(number: 1, name: "tokens", sql: PackageResources._001_tokens_sql)])
    }

    let services: Services
    let core: CoreServices
    let tokens: PostgresPhoneTokenStore
    let intake: FixIntake
    let metrics: PhoneMetrics

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("phones need the core's services") }
        self.services = services
        self.core = core
        tokens = PostgresPhoneTokenStore(database: core.database)
        intake = FixIntake(core, clock: services.clock)
        metrics = PhoneMetrics(services.metrics)
    }

    package func register(in registry: Registry) {
        PhoneSchemas.define(in: registry)
        addTokenRoutes(to: registry)
        addOwnTracksRoute(to: registry)
        addOsmAndRoutes(to: registry)
    }

    static let tag = "Phone apps"
    /// How often a phone may report: 10 a second by default, as on the stream.
    static let ratePolicy = "phone"
    static let ownTracksPath: PathTemplate = "/api/v1/ingest/owntracks"
    static let osmAndPath: PathTemplate = "/api/v1/ingest/osmand"
}
