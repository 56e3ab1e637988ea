package import FeatureKit
internal import HTTP
internal import Model
internal import Persistence

/// What operators do with a running hub (story 4.7). Every route takes admin keys alone, counts against the rate policy
/// `admin`, and is in the audit log: what changes something each time, what looks at lists once a minute with how often. The
/// overview tells of nobody, and is not.
package struct AdminFeature: Feature {
    package static let name = "admin"

    let services: Services
    let core: CoreServices
    let custody: PostgresCustodyStore
    let auditLog: PostgresAuditStore

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("administration needs the core's services") }
        self.services = services
        self.core = core
        custody = PostgresCustodyStore(database: core.database)
        auditLog = PostgresAuditStore(database: core.database)
    }

    package func register(in registry: Registry) {
        AdminSchemas.define(in: registry)
        addPurgeRoute(to: registry)
        addDeviceRoutes(to: registry)
        addSessionRoutes(to: registry)
        addListRoutes(to: registry)
        addOverviewRoute(to: registry)
        if let queue = services.jobs { addJobRoutes(of: queue, to: registry) }
    }

    static let tag = "Admin"
    static let ratePolicies = ["admin"]

    /// A note of what a request is about to do.
    func note(
        _ request: RouteRequest, at now: Timestamp, operation: String? = nil, target: String? = nil,
        affected: Int? = nil, detail: String? = nil
    ) throws(Problem) -> AuditEntry {
        let entry = request.auditEntry(
            .done, at: now, operation: operation, target: target, affected: affected, detail: detail)
        guard let entry else { throw .forbidden }
        return entry
    }
}
