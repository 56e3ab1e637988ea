package import Jobs
package import Wire

extension JSONWriter {
    /// What is told of a job that was given up, by the command and by the API alike; not what it was to do.
    package mutating func members(of job: DeadJob) {
        member("id", job.id)
        member("kind", job.kind)
        member("attempts", job.attempts)
        member("reason", job.reason)
        member("createdAt", job.createdAt)
        member("diedAt", job.diedAt)
    }
}
