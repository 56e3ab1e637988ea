package import FeatureKit
package import Jobs
internal import Model
internal import Persistence

extension AdminFeature {
    /// How long it is remembered that a device was erased; no hub holds what it reported for as long.
    private static let erasureMemory = Duration.seconds(30 * 86_400)

    package static func scheduledJobs(services: JobServices) -> [ScheduledJob] {
        let clock = services.clock
        let store = PostgresAuditStore(database: services.database)
        let retention = services.auditRetention
        return [
            ScheduledJob(
                "audit_retention", summary: "Remove old entries of the audit log",
                schedule: .daily(at: .seconds(3 * 3600 + 1800))
            ) { _ in
                let now = clock.now
                let forgotten = try await store.forgetErasures(before: now.advanced(by: .zero - erasureMemory))
                guard retention > .zero else { return ["rows": 0, "erasures": forgotten] }
                let removed = try await store.removeEntries(before: now.advanced(by: .zero - retention))
                return ["rows": removed, "erasures": forgotten]
            }
        ]
    }
}
