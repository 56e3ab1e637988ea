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
    /// A worker finds it within ``JobWorkerLimits/pollInterval``, or at once when ``JobQueue/wake()`` is called after the
    /// commit.
    package var insertion: PostgresQuery {
        JobQueueStore.insert.with(
            id, kind, priority.rawValue, payload, dedupeKey, delay / .seconds(1), Int32(attempts))
    }
}
