internal import Persistence

/// One run of a job: its work in a task of its own, its lease kept, its time watched.
///
/// Work that takes no notice of being cancelled cannot be stopped. ``run(_:)`` returns all the same, and
/// ``workHasEnded()`` waits for it, so that nothing counts as over that is not.
actor JobAttempt {
    private let timeLimit: Duration
    private var keeping: LeaseKeeping
    private let renew: @Sendable (_ timeout: Duration) async throws(PostgresError) -> Bool
    private let start: ContinuousClock.Instant

    private var ending: CheckedContinuation<JobEnding, Never>?
    private var hasEnded = false
    private var isStopping = false
    private var isWorkOver = false
    private var onWorkOver: [CheckedContinuation<Void, Never>] = []
    /// The work, the keeper of the lease and the watch on the time; none of them outlives the run but work that cannot be
    /// stopped.
    private var work: Task<Void, Never>?
    private var helpers: [Task<Void, Never>] = []

    /// - Parameters:
    ///   - askedAt: When the lease was asked for.
    ///   - renew: Renews it; false if it is another's.
    init(
        timeLimit: Duration, lease: Duration, askedAt: ContinuousClock.Instant,
        renew: @escaping @Sendable (_ timeout: Duration) async throws(PostgresError) -> Bool
    ) {
        self.timeLimit = timeLimit
        self.renew = renew
        start = askedAt
        keeping = LeaseKeeping(length: lease, askedAt: .zero)
    }

    /// Runs `body` once, until it ends or has to.
    func run(_ body: @escaping @Sendable () async throws -> JobReport) async -> JobEnding {
        await withCheckedContinuation { continuation in
            ending = continuation
            // Not on this actor, which has a lease to keep meanwhile.
            work = Task { @concurrent in
                do {
                    let report = try await body()
                    await self.workEnded(with: .done(report))
                } catch {
                    await self.workEnded(with: .failed(error))
                }
            }
            if isStopping { work?.cancel() }
            helpers = [
                Task { await keepLease() },
                Task {
                    guard (try? await Task.sleep(for: timeLimit)) != nil else { return }
                    end(.timedOut)
                },
            ]
        }
    }

    /// Asks the work to end, because the hub stops.
    func cancel() {
        isStopping = true
        work?.cancel()
    }

    /// Waits no longer for work that was asked to end.
    func abandon() {
        end(.cancelled)
        workOver()
    }

    /// Waits for the work itself, which may outlive ``run(_:)``.
    func workHasEnded() async {
        guard !isWorkOver else { return }
        await withCheckedContinuation { onWorkOver.append($0) }
    }

    private func keepLease() async {
        while !hasEnded {
            switch keeping.action(at: start.duration(to: .now)) {
            case .giveUp: return end(.leaseLost)
            case .renew(let delay):
                guard (try? await Task.sleep(for: delay)) != nil, !hasEnded else { return }
                await renewLease()
            }
        }
    }

    private func renewLease() async {
        let asked = start.duration(to: .now)
        guard case .renew = keeping.action(at: asked) else { return end(.leaseLost) }
        do throws(PostgresError) {
            guard try await renew(keeping.patience(at: asked)) else { return end(.leaseLost) }
            keeping.renewed(askedAt: asked)
        } catch {
            keeping.failed(at: start.duration(to: .now))
        }
    }

    private func workEnded(with outcome: JobEnding) {
        if case .failed = outcome, isStopping { end(.cancelled) } else { end(outcome) }
        workOver()
    }

    private func workOver() {
        isWorkOver = true
        for waiter in onWorkOver { waiter.resume() }
        onWorkOver = []
    }

    private func end(_ outcome: JobEnding) {
        guard !hasEnded else { return }
        hasEnded = true
        work?.cancel()
        for helper in helpers { helper.cancel() }
        helpers = []
        ending?.resume(returning: outcome)
        ending = nil
    }
}
