package import Persistence
package import Telemetry

/// The jobs of one hub: its schedules and its part of the queue.
package struct JobService: Sendable {
    package let queue: JobQueue
    private let jobs: [ScheduledJob]
    private let runner: JobRunner
    private let store: JobScheduleStore
    private let scheduler: JobScheduler
    private let worker: JobWorker

    /// - Parameters:
    ///   - queue: On the same database.
    ///   - holder: By which people tell hubs apart, such as host and process.
    ///   - jobs: No two of one name.
    ///   - handlers: No two of one kind.
    package init(
        database: Database, queue: JobQueue, holder: String, jobs: [ScheduledJob], handlers: [JobHandler] = [],
        limits: JobWorkerLimits = JobWorkerLimits(), stopTimes: JobStopTimes = JobStopTimes(),
        metrics: MetricsRegistry, log: Logger
    ) {
        let log = log.component("jobs")
        let metrics = JobMetrics(metrics)
        self.queue = queue
        self.jobs = jobs
        store = JobScheduleStore(database: database)
        runner = JobRunner(store: store, holder: holder, metrics: metrics, log: log)
        scheduler = JobScheduler(jobs: jobs, runner: runner, stopTimes: stopTimes, log: log)
        worker = JobWorker(
            handlers: handlers, queue: queue, holder: holder, limits: limits, stopTimes: stopTimes, metrics: metrics,
            log: log)
    }

    /// Until the task is cancelled or ``stop(within:)`` is called.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await scheduler.run() }
            group.addTask { await worker.run() }
        }
    }

    /// Begins nothing more and waits for what is under way; cancels that after `limit`. Ends at the latest when its
    /// ``JobStopTimes`` are over too. Called while the database can still be asked.
    package func stop(within limit: Duration) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await scheduler.stop(within: limit) }
            group.addTask { await worker.stop(within: limit) }
        }
    }

    /// Has the schedules looked at now.
    func look() async { await scheduler.look() }

    /// Of the scheduled jobs, in order.
    package var names: [String] { jobs.map(\.name).sorted() }

    /// What became of a job that was run by hand.
    package enum ManualRun: Sendable {
        /// It did what it is for; the text says what, and may be empty.
        case done(String, after: Duration)
        /// The text says why, in one line.
        case failed(String, after: Duration)
        /// Another hub runs it at this moment.
        case busy(holder: String?)
    }

    /// Runs a job now, due or not, unless it is running somewhere.
    ///
    /// - Returns: Nothing if there is no job of that name.
    package func run(_ name: String) async throws(PostgresError) -> ManualRun? {
        guard let job = jobs.first(where: { $0.name == name }) else { return nil }
        _ = try await store.look([name])
        switch try await runner.run(job, isForced: true, onStart: { _ in }) {
        case .notClaimed:
            return .busy(holder: try await store.list().first { $0.name == name }?.holder)
        case .ended(.done(let report), let duration, isRecorded: true):
            return .done(report.description, after: duration)
        case .ended(let ending, let duration, let isRecorded):
            return .failed(ending.fault ?? (isRecorded ? "" : "its end could not be recorded"), after: duration)
        }
    }

    /// A job and what is known of it.
    package struct Listing: Sendable {
        package let job: ScheduledJob
        package let row: JobScheduleRow
    }

    /// The jobs in the order of their names, those that never ran included.
    package func list() async throws(PostgresError) -> [Listing] {
        _ = try await store.look(jobs.map(\.name))
        let rows = try await store.list()
        return jobs.sorted { $0.name < $1.name }.compactMap { job in
            rows.first { $0.name == job.name }.map { Listing(job: job, row: $0) }
        }
    }
}
