package import FeatureKit
package import Jobs
internal import Model
internal import Persistence

extension CoreFeature {
    /// Stories 3.6, 3.7 and 3.9, and what must be swept up.
    package static func scheduledJobs(services: JobServices) -> [ScheduledJob] {
        let (clock, database) = (services.clock, services.database)
        let locations = LocationUpkeep(database: database)
        let days = max(1, Int(services.locationRetention / .seconds(86_400)))
        return [
            ScheduledJob(
                "location_partitions", summary: "Make the coming days' partitions of locations", schedule: .hourly
            ) { _ in
                ["partitions": try await locations.ensurePartitions(around: clock.now)]
            },
            ScheduledJob(
                "location_retention", summary: "Remove locations received more than \(days) days ago",
                schedule: .hourly, timeLimit: .seconds(3000)
            ) { _ in
                let removed = try await locations.removeLocations(olderThan: days, at: clock.now)
                return ["rows": removed.rows, "partitions": removed.partitions]
            },
            ScheduledJob(
                "group_member_counts", summary: "Refresh the statistics of groups", schedule: .hourly
            ) { _ in
                try await locations.refreshGroupMemberCounts()
                return [:]
            },
            ScheduledJob(
                "idempotency_keys", summary: "Remove answers kept for 24 hours", schedule: .hourly
            ) { _ in
                let store = PostgresIdempotencyStore(database: database)
                return ["rows": try await inBatches { try await store.removeExpired(limit: $0) }]
            },
            ScheduledJob("stream_tickets", summary: "Remove tickets that nobody used", schedule: .hourly) { _ in
                ["rows": try await PostgresTicketStore(database: database).removeExpired(at: clock.now)]
            },
            ScheduledJob(
                "dead_jobs", summary: "Remove jobs given up 30 days ago", schedule: .daily(at: .seconds(3 * 3600))
            ) { _ in
                let queue = JobQueue(database: database)
                let removed = try await inBatches {
                    try await queue.removeDead(olderThan: .seconds(30 * 86_400), limit: $0)
                }
                return ["rows": removed]
            },
        ]
    }

    /// Calls `remove` with a limit until it removes less than that; returns how many it removed. Each call is a transaction
    /// of its own, so that no lock is held for long.
    private static func inBatches(_ remove: (Int) async throws -> Int) async throws -> Int {
        let limit = 5_000
        var total = 0
        while true {
            try Task.checkCancellation()
            let count = try await remove(limit)
            total += count
            if count < limit { return total }
        }
    }
}
