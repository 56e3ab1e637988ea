internal import Model
internal import Persistence
internal import Telemetry

/// Runs one scheduled job once: claims it, does it, notes how it ended.
struct JobRunner: Sendable {
    let store: JobScheduleStore
    /// By which people tell hubs apart.
    let holder: String
    let metrics: JobMetrics
    let log: Logger

    enum Outcome: Sendable {
        /// Another holds it, or it is no longer due.
        case notClaimed
        /// - Parameter isRecorded: Whether its end could be noted; not if another had taken it over.
        case ended(JobEnding, after: Duration, isRecorded: Bool)
    }

    private enum Recording: String {
        case recorded
        /// Another had taken it over.
        case fenced
        /// The database could not be asked for as long as the lease lasted.
        case lost
    }

    /// - Parameters:
    ///   - isForced: Whether it runs although it is not due.
    ///   - onStart: Called with the attempt before it begins, so that it can be cancelled.
    /// - Throws: What kept it from being claimed. A failure of the job is an outcome.
    func run(
        _ job: ScheduledJob, isForced: Bool, onStart: (JobAttempt) async -> Void
    ) async throws(PostgresError) -> Outcome {
        let start = ContinuousClock.now
        guard let claim = try await store.claim(job.name, by: holder, lease: job.lease, isForced: isForced) else {
            return .notClaimed
        }
        let claimed = ContinuousClock.now
        let attempt = JobAttempt(timeLimit: job.timeLimit, lease: job.lease, askedAt: start) {
            [store] timeout throws(PostgresError) in
            try await store.renew(job.name, fence: claim.fence, lease: job.lease, timeout: timeout)
        }
        await onStart(attempt)
        log.info("job begins", ["job": .string(job.name)])
        let lease = JobLease(
            job: job.name, attempt: 1, proof: JobScheduleStore.proof(job.name, fence: claim.fence), retirement: nil)
        let ending = await attempt.run { try await job.work(lease) }
        let duration = start.duration(to: .now)
        let recording = await record(
            ending, of: job, claim, at: claim.at.advanced(by: claimed.duration(to: .now)))
        note(ending, recording, of: job, after: duration)
        return .ended(ending, after: duration, isRecorded: recording == .recorded)
    }

    /// Tries for as long as the lease would have lasted: after that the job is anybody's, and is run again.
    ///
    /// - Parameter now: By the database's clock.
    private func record(
        _ ending: JobEnding, of job: ScheduledJob, _ claim: JobScheduleStore.Claim, at now: Timestamp
    ) async -> Recording {
        var generator = SystemRandomNumberGenerator()
        // What was cut short, by a stop or because the database was away, is due at once, here or elsewhere.
        let next: Timestamp
        switch ending {
        case .cancelled, .leaseLost: next = now
        case .done, .failed, .timedOut: next = job.schedule.next(after: now, using: &generator)
        }
        let report = if case .done(let report) = ending { report.description } else { ending.fault ?? "" }
        let deadline = ContinuousClock.now + job.lease
        var failures = 0
        while true {
            do throws(PostgresError) {
                let isTaken = try await store.finish(
                    job.name, fence: claim.fence, result: ending.result, report: report, next: next)
                return isTaken ? .recorded : .fenced
            } catch {
                failures += 1
                let pause = Backoff(shortest: .milliseconds(100)).delay(afterFailures: failures)
                guard error.isTransient, ContinuousClock.now + pause < deadline else { return .lost }
                guard (try? await Task.sleep(for: pause)) != nil else { return .lost }
            }
        }
    }

    private func note(
        _ ending: JobEnding, _ recording: Recording, of job: ScheduledJob, after duration: Duration
    ) {
        let result = recording == .recorded ? ending.result : recording.rawValue
        metrics.runs.with(job.name, result).increment()
        metrics.runTimes.with(job.name).record(duration)
        var fields: LogFields = [
            "job": .string(job.name), "result": .string(ending.result), "duration_ms": .milliseconds(duration),
        ]
        if case .done(let report) = ending {
            for (name, count) in report.counts { fields.append(name, .integer(count)) }
        }
        if let fault = ending.fault { fields.append("reason", .string(fault)) }
        switch ending {
        case .done: log.info("job ended", fields)
        case .cancelled: log.info("job cancelled", fields)
        case .failed, .timedOut, .leaseLost: log.warning("job failed", fields)
        }
        switch recording {
        case .recorded: break
        case .fenced: log.warning("job was taken over; its end was refused", ["job": .string(job.name)])
        case .lost: log.warning("job's end not recorded; it will run again", ["job": .string(job.name)])
        }
    }
}
