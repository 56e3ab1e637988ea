/// Something a feature has done now and then, by one hub at a time.
package struct ScheduledJob: Sendable {
    /// Unique; snake case, such as `stream_tickets`.
    package let name: String
    /// A few words, for `hubd jobs list`.
    package let summary: String
    package let schedule: JobSchedule
    /// After which a run is cancelled. Default 10 min.
    package let timeLimit: Duration
    /// How long a run's claim holds without being renewed: how late another hub takes over from one that was killed.
    /// Default 60 s.
    package let lease: Duration
    /// Does it once. It is cancelled when its time or its lease is over and when the hub stops, and should then end soon;
    /// what it does should bear being done again.
    package let work: @Sendable (JobLease) async throws -> JobReport

    package init(
        _ name: String, summary: String, schedule: JobSchedule, timeLimit: Duration = .seconds(600),
        lease: Duration = .seconds(60), work: @escaping @Sendable (JobLease) async throws -> JobReport
    ) {
        precondition(JobName.isGood(name), "\(name) is no name for a job")
        precondition(timeLimit > .zero && lease > .zero, "\(name) has no time")
        self.name = name
        self.summary = summary
        self.schedule = schedule
        self.timeLimit = timeLimit
        self.lease = lease
        self.work = work
    }
}
