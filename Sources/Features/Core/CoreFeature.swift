package import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

/// Devices, their groups and their locations over REST, and the state of the hub: the contract of `phone-manager.md`.
package struct CoreFeature: Feature {
    package static let name = "core"

    let services: Services
    let core: CoreServices
    let people: PostgresPeopleStore

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("the core needs its services") }
        self.services = services
        self.core = core
        people = PostgresPeopleStore(database: core.database)
    }

    package func register(in registry: Registry) {
        CoreSchemas.define(in: registry, fixesPerBatch: core.decoder.limits.fixesPerBatch)
        registry.add(RouteTable.documentRoute)
        addHealthRoutes(to: registry)
        addMetricsRoute(to: registry)
        addDeviceRoutes(to: registry)
        addLocationRoutes(to: registry)
    }
}
