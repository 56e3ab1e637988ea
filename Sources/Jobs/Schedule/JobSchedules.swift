package import Persistence

/// What the database knows of scheduled jobs, for who has no ``JobService`` at hand.
package struct JobSchedules: Sendable {
    private let store: JobScheduleStore

    package init(database: Database) { store = JobScheduleStore(database: database) }

    /// By name; jobs that only an older hub had are among them.
    package func list() async throws(PostgresError) -> [JobScheduleRow] { try await store.list() }
}
