internal import Persistence

/// A kind of job and who does it; registered by the feature that does.
package struct JobHandler: Sendable {
    /// The kind's.
    package let name: String
    let timeLimit: Duration
    let lease: Duration
    let concurrency: Int
    let backoff: Backoff
    let work: @Sendable ([UInt8], JobLease) async throws -> Void

    /// - Parameter work: Does a job once; throws to have it tried again, ``JobFailure`` to say how. It may be done more than
    ///   once, since a hub can be killed before it has noted the end. It is cancelled when its time or its lease is over
    ///   and when the hub stops.
    package init<Payload: Sendable>(
        _ kind: JobKind<Payload>, work: @escaping @Sendable (Payload, JobLease) async throws -> Void
    ) {
        name = kind.name
        timeLimit = kind.timeLimit
        lease = kind.lease
        concurrency = kind.concurrency
        backoff = kind.backoff
        self.work = { bytes, lease in
            let payload: Payload
            do {
                payload = try kind.decode(bytes)
            } catch {
                throw JobFailure.permanent("its payload cannot be read: \(JobFault.describe(error))")
            }
            try await work(payload, lease)
        }
    }
}
