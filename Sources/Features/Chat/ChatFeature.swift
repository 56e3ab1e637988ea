package import FeatureKit
package import Persistence

/// Conversations: messages, read marks, typing, and who is there.
package struct ChatFeature: Feature {
    package static let name = "chat"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [
                Migration(number: 1, name: "chat", bytes: PackageResources._001_chat_sql),
                Migration(number: 2, name: "presence", bytes: PackageResources._002_presence_sql),
            ])
    }

    let services: Services
    let core: CoreServices
    let live: LiveChat

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("chat needs the core's services") }
        self.services = services
        self.core = core
        live = ChatFeature.makeLive(services, core)
    }

    package func register(in registry: Registry) {
        registry.add(live)
        PresenceRoutes(
            live: live, store: PostgresPresenceStore(database: core.database), clock: services.clock,
            decoder: core.decoder
        ).register(in: registry)
    }
}
