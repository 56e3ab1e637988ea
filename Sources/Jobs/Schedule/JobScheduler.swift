internal import Persistence
internal import Telemetry

/// Runs the scheduled jobs of a hub when they are due, each in a task of its own and none twice at a time. What is due is
/// read from the database, so that of several hubs one runs a job, and a run that was missed is made up for at the start.
actor JobScheduler {
    private let jobs: [String: ScheduledJob]
    private let runner: JobRunner
    private let log: Logger
    private var planner = JobPlanner()
    private let bell = JobBell()
    /// One a job under way; each ends by itself or by ``stop(within:)``.
    private var runs: [String: Task<Void, Never>] = [:]
    private var attempts: [String: JobAttempt] = [:]
    private let idle = JobBell()
    private let stopTimes: JobStopTimes
    private var isStopping = false

    init(jobs: [ScheduledJob], runner: JobRunner, stopTimes: JobStopTimes, log: Logger) {
        self.jobs = Dictionary(uniqueKeysWithValues: jobs.map { ($0.name, $0) })
        self.runner = runner
        self.stopTimes = stopTimes
        self.log = log
    }

    /// Until the task is cancelled or ``stop(within:)`` is called. Runs that are under way then go on until the latter.
    func run() async {
        guard !jobs.isEmpty else { return }
        var failures = 0
        while !isStopping, !Task.isCancelled {
            var wait: Duration
            do throws(PostgresError) {
                let look = try await runner.store.look(jobs.keys.sorted())
                failures = 0
                guard !isStopping, !Task.isCancelled else { return }
                let plan = planner.plan(look.entries, at: look.now)
                for name in plan.due { begin(name) }
                wait = plan.wait
            } catch {
                if error == .closed { return }
                failures += 1
                if failures == 1 {
                    log.warning("schedules could not be read", ["reason": .string(error.description)])
                }
                wait = Backoff(shortest: .milliseconds(500), longest: .seconds(30)).delay(afterFailures: failures)
            }
            await bell.wait(upTo: wait)
        }
    }

    /// Looks at the schedules now, and not when the next job is thought to be due.
    func look() async { await bell.ring() }

    private func begin(_ name: String) {
        guard let job = jobs[name] else { return }
        runs[name] = Task { await execute(job) }
    }

    private func execute(_ job: ScheduledJob) async {
        do throws(PostgresError) {
            _ = try await runner.run(job, isForced: false) { attempt in await started(attempt, of: job) }
        } catch {
            log.warning(
                "job could not be claimed", ["job": .string(job.name), "reason": .string(error.description)])
        }
        // Work that takes no notice of its end keeps its place: it must not run twice here.
        await attempts[job.name]?.workHasEnded()
        attempts[job.name] = nil
        runs[job.name] = nil
        planner.ended(job.name)
        await idle.ring()
        await bell.ring()
    }

    private func started(_ attempt: JobAttempt, of job: ScheduledJob) async {
        attempts[job.name] = attempt
        if isStopping { await attempt.cancel() }
    }

    /// Begins no more runs and waits for those under way; cancels them when the time is over, and leaves those that take no
    /// notice of that, as long as ``JobStopTimes`` says.
    func stop(within limit: Duration) async {
        isStopping = true
        await bell.ring()
        await waitUntilIdle(upTo: limit)
        for attempt in attempts.values { await attempt.cancel() }
        await waitUntilIdle(upTo: stopTimes.notice)
        for (name, attempt) in attempts {
            log.warning("job does not end", ["job": .string(name)])
            await attempt.abandon()
        }
        // Their ends are still to be noted.
        await waitUntilIdle(upTo: stopTimes.record)
    }

    private func waitUntilIdle(upTo limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while !runs.isEmpty, ContinuousClock.now < deadline {
            await idle.wait(upTo: ContinuousClock.now.duration(to: deadline))
        }
    }
}
