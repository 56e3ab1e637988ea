package import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

/// Devices, their groups and their locations over REST, and the state of the hub: the contract of `phone-manager.md`.
package struct CoreFeature: Feature {
    package static let name = "core"

    let services: Services
    let core: CoreServices

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("the core needs its services") }
        self.services = services
        self.core = core
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

extension Problem {
    /// Postgres is away or too slow (story 3.10, criterion 3).
    static let databaseUnavailable = Problem(
        .serviceUnavailable, "Database temporarily unavailable", retryAfter: 1)

    /// The device was never registered, or was deactivated (story 3.10, criterion 1).
    static let deviceNotFound = Problem(.notFound, "Device not found. Please register first.")

    /// What a store could not do, without what only the log may know.
    init(_ error: DeviceStoreError) {
        switch error {
        case .groupFull(let limit): self.init(.groupFull, "Group has reached maximum device limit (\(limit))")
        case .unavailable: self = .databaseUnavailable
        case .failed: self = .internal
        }
    }

    init(_ error: LiveMap.HomeError) {
        switch error {
        case .store(let error): self.init(error)
        case .live: self = .databaseUnavailable
        }
    }
}

extension RouteRequest {
    /// Notes what Postgres said before the client is told less.
    func log(_ error: DeviceStoreError) {
        guard case .failed(let state) = error else { return }
        logger.error("store failed", ["sql_state": .string(state)])
    }
}
