package import Model
package import Persistence

/// A job on its way into the queue.
package struct QueuedJob: Sendable {
    package let id: UniqueID
    package let kind: String
    let payload: [UInt8]
    let priority: JobPriority
    let delay: Duration
    let dedupeKey: String?
    let attempts: Int

    /// Adds it, as a part of a transaction of the caller's: it is there if, and only if, the transaction commits. Gives its
    /// id in one row, or no row if its dedupe key is in the queue.
    ///
    /// A worker hears of it when the transaction commits.
    package var insertion: PostgresQuery {
        JobQueueStore.insert.with(
            id, kind, priority.rawValue, payload, dedupeKey, delay / .seconds(1), Int32(attempts))
    }

    /// As ``insertion``, of many at once; gives no rows.
    package static func insertion(of jobs: [QueuedJob]) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(array: jobs.map(\.id))
        parameters.append(array: jobs.map(\.kind))
        parameters.append(array: jobs.map(\.priority.rawValue))
        parameters.append(array: jobs.map(\.payload))
        parameters.append(column: jobs, \.dedupeKey)
        parameters.append(array: jobs.map { $0.delay / .seconds(1) })
        parameters.append(array: jobs.map { Int32($0.attempts) })
        return PostgresQuery(JobQueueStore.insertMany, parameters)
    }
}
