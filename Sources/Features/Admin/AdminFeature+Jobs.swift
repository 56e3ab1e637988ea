package import FeatureKit
package import Jobs
internal import Model
internal import Persistence

extension AdminFeature {
    /// How long it is remembered that a device was erased; no hub holds what it reported for as long.
    static let erasureMemory = Duration.seconds(30 * 86_400)

    /// What the audit log and the memory of erasures need not hold any more.
    package static func scheduledJobs(services: JobServices) -> [ScheduledJob] {
        let (clock, auditLog) = (services.clock, PostgresAuditStore(database: services.database))
        let retention = services.auditRetention
        return [
            ScheduledJob(
                "audit_log", summary: "Remove entries of the audit log past their retention",
                schedule: .daily(at: .seconds(4 * 3600))
            ) { _ in
                guard retention > .zero else { return [:] }
                return ["rows": try await auditLog.removeEntries(before: clock.now.advanced(by: .zero - retention))]
            },
            ScheduledJob(
                "erasures", summary: "Forget which devices were erased 30 days ago",
                schedule: .daily(at: .seconds(4 * 3600))
            ) { _ in
                ["rows": try await auditLog.forgetErasures(before: clock.now.advanced(by: .zero - erasureMemory))]
            },
        ]
    }
}
