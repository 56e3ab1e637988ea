package import Model
package import Persistence

/// A kind of queued job: what it is called, what it is given, and how hard it is tried. Made once, as a constant of the
/// feature that does it; who only enqueues needs no more than this.
package struct JobKind<Payload: Sendable>: Sendable {
    /// Unique; snake case, such as `send_mail`. Never given to jobs of another shape: those of the last version may still
    /// be in the queue.
    package let name: String
    /// How often a job is tried before it is a dead letter. Default 8, which with the default backoff is some 10 minutes.
    package let attempts: Int
    /// How long to wait between attempts. Default 5 s, then twice as long each time, up to an hour.
    package let backoff: Backoff
    /// After which an attempt is cancelled and counts as failed. Default 60 s.
    package let timeLimit: Duration
    /// How long a claim holds without being renewed: how late another takes a job over from a hub that was killed. Default
    /// 30 s.
    package let lease: Duration
    /// How many of them one hub does at the same time. Default 2.
    package let concurrency: Int
    let encode: @Sendable (Payload) -> [UInt8]
    let decode: @Sendable ([UInt8]) throws -> Payload

    /// - Parameters:
    ///   - encode: At most 1 MiB; no secrets, since the database and its backups hold it.
    ///   - decode: An error it throws makes the job a dead letter at once.
    package init(
        _ name: String, attempts: Int = 8,
        backoff: Backoff = Backoff(shortest: .seconds(5), longest: .seconds(3600)),
        timeLimit: Duration = .seconds(60), lease: Duration = .seconds(30), concurrency: Int = 2,
        encode: @escaping @Sendable (Payload) -> [UInt8], decode: @escaping @Sendable ([UInt8]) throws -> Payload
    ) {
        precondition(JobName.isGood(name), "\(name) is no name for a kind of job")
        precondition((1...1000).contains(attempts), "a job is tried once to a thousand times")
        precondition(timeLimit > .zero && lease > .zero && concurrency >= 1, "\(name) could never be done")
        self.name = name
        self.attempts = attempts
        self.backoff = backoff
        self.timeLimit = timeLimit
        self.lease = lease
        self.concurrency = concurrency
        self.encode = encode
        self.decode = decode
    }

    /// A job of this kind, to be given to ``JobQueue/enqueue(_:)`` or put into a transaction.
    ///
    /// - Parameters:
    ///   - delay: How long it is left alone at first.
    ///   - dedupeKey: 1 to 200 characters. While a job of this kind with the same one is waiting or being done, this one is
    ///     not added.
    package func job(
        _ payload: Payload, priority: JobPriority = .normal, after delay: Duration = .zero, dedupeKey: String? = nil,
        id: UniqueID
    ) -> QueuedJob {
        QueuedJob(
            id: id, kind: name, payload: encode(payload), priority: priority, delay: delay, dedupeKey: dedupeKey,
            attempts: attempts)
    }
}
