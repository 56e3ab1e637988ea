package import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

/// What is stored of a device, for those whose data it is: history, export and erasure (story 4.8).
package struct PrivacyFeature: Feature {
    package static let name = "privacy"

    let services: Services
    let core: CoreServices
    let history: PostgresHistoryStore
    let custody: PostgresCustodyStore
    let exports = ExportSlots()

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("privacy needs the core's services") }
        self.services = services
        self.core = core
        history = PostgresHistoryStore(database: core.database)
        custody = PostgresCustodyStore(database: core.database)
    }

    package func register(in registry: Registry) {
        PrivacySchemas.define(in: registry)
        addHistoryRoutes(to: registry)
        addTrailsRoute(to: registry)
        addExportRoute(to: registry)
        addErasureRoute(to: registry)
    }

    static let tag = "Privacy"
    static let deviceNotFound = Problem(.notFound, "Device not found")

    /// The device of the path, which the caller may see.
    func device(of request: RouteRequest) async throws(Problem) -> DeviceID {
        guard let id = DeviceID(request.parameter("deviceId")) else { throw PrivacyFeature.deviceNotFound }
        try await core.visibility.require(id, by: request.principal)
        return id
    }
}
