package import Model
package import Persistence

/// The durable job queue as features and commands see it.
package struct JobQueue: Sendable {
    private let store: JobQueueStore
    private let bell: JobBell

    package init(database: Database) { self.init(store: JobQueueStore(database: database), bell: JobBell()) }

    /// Has this hub's worker look whenever anybody has added jobs, and when Postgres is back; once.
    func listen() {
        store.database.listen(
            PostgresListener("core_jobs") { [bell] in
                // Ends with the ring.
                Task { await bell.ring() }
            })
    }

    init(store: JobQueueStore, bell: JobBell) {
        self.store = store
        self.bell = bell
    }

    /// Adds a job in a transaction of its own.
    ///
    /// - Returns: Whether it was added; not if its dedupe key is in the queue.
    @discardableResult
    package func enqueue(_ job: QueuedJob) async throws(PostgresError) -> Bool {
        let isAdded = try await store.insert(job)
        if isAdded { await wake() }
        return isAdded
    }

    /// Has this hub's worker look for jobs now; after a transaction with ``QueuedJob/insertion`` has committed.
    package func wake() async { await bell.ring() }

    /// How many jobs there are of every kind that has any, by name.
    package func depths() async throws(PostgresError) -> [JobQueueDepth] { try await store.depths() }

    /// Dead letters, the newest first.
    package func dead(limit: Int) async throws(PostgresError) -> [DeadJob] { try await store.dead(limit: limit) }

    /// Puts dead letters back with all their attempts before them: one, those of a kind, or all.
    ///
    /// - Returns: How many were put back.
    package func retryDead(id: UniqueID? = nil, kind: String? = nil) async throws(PostgresError) -> Int {
        let count = try await store.retryDead(id: id, kind: kind)
        if count > 0 { await wake() }
        return count
    }

    /// Removes up to `limit` dead letters of jobs that died longer than `age` ago; returns how many.
    package func removeDead(olderThan age: Duration, limit: Int) async throws(PostgresError) -> Int {
        try await store.removeDead(olderThan: age, limit: limit)
    }

    var worker: (store: JobQueueStore, bell: JobBell) { (store, bell) }
}
