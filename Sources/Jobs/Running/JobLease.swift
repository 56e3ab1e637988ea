package import Persistence

/// What a job that runs can show for itself.
package struct JobLease: Sendable {
    /// The scheduled job, or the queued one's kind.
    package let job: String
    /// Which attempt this is, from 1; of a scheduled job always 1.
    package let attempt: Int
    /// As the first statement of a transaction of the job's own: Postgres refuses the transaction if another run has taken
    /// over, and lets none take over before it ends. Nothing else keeps a run that outlived its lease from writing.
    package let proof: PostgresQuery
    /// As a statement of such a transaction: gives up the queued job's dedupe key, so that from its commit on another like
    /// it can be added while this one is still being done. Nothing for a scheduled job.
    package let retirement: PostgresQuery?
}
