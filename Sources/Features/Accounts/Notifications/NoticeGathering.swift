internal import FeatureKit
internal import Jobs
internal import Model
internal import Persistence
internal import Wire

/// Gathers what people miss, and hands it to their channels together (docs/adr/0028). Callable from any thread.
struct NoticeGathering: NotificationQueue {
    let store: NotificationStore
    let jobs: JobQueue
    let clock: any LiveClock
    /// Asks the areas what is still worth telling.
    let notifications: Notifications
    /// By their names.
    let channels: [String: any NotificationChannel]
    let metrics: MailMetrics
    /// How long the first notice waits for others.
    var pause = Duration.seconds(60)

    /// The job of one person: while one is there, what comes is its to tell.
    static let kind = JobKind<UserID>(
        "gather_notices", attempts: 1000, concurrency: 4,
        encode: { Array($0.rawValue.description.utf8) },
        decode: { bytes in
            guard let id = UniqueID(String(decoding: bytes, as: UTF8.self)) else {
                throw JobFailure.permanent("it names nobody")
            }
            return UserID(id)
        })

    func enqueue(_ notices: [Notice]) async throws(PostgresError) {
        let queries = insertion(of: notices)
        var failures = 0
        while true {
            do throws(PostgresError) {
                _ = try await store.database.transaction(queries)
                return
            } catch {
                failures += 1
                guard failures < 5, error.sqlState == .deadlockDetected || error.sqlState == .serializationFailure
                else { throw error }
            }
        }
    }

    func insertion(of notices: [Notice]) -> [PostgresQuery] {
        let jobs = Set(notices.map(\.recipient)).map { job(of: $0, after: pause) }
        return [NotificationStore.addition(of: notices), QueuedJob.insertion(of: jobs)]
    }

    func handlers() -> [JobHandler] {
        [
            JobHandler(NoticeGathering.kind) { user, lease in try await gather(user, lease) },
            JobHandler(NoticeDelivery.kind) { delivery, _ in try await deliver(delivery) },
        ]
    }

    private func job(of user: UserID, after delay: Duration) -> QueuedJob {
        NoticeGathering.kind.job(
            user, after: delay, dedupeKey: user.description, id: .version7(at: clock.now))
    }

    private func gather(_ user: UserID, _ lease: JobLease) async throws {
        let now = clock.now
        let gathered = try await store.gathered(of: user, at: now, lease)
        if let end = gathered.quietUntil, !gathered.notices.isEmpty {
            // Nothing is lost of it: another job comes when the hours are over.
            let next = job(of: user, after: now.duration(to: end))
            guard let retirement = lease.retirement else { return }
            _ = try await store.database.transaction([lease.proof, retirement, next.insertion])
            return
        }
        let wished = gathered.notices.map(\.notice).filter { gathered.preferences.wants($0.kind) }
        let wanted = Set(try await notifications.wanted(wished))
        let digest = NoticeDigest(gathered.notices.filter { wanted.contains($0.notice) })
        let deliveries =
            wanted.isEmpty
            ? []
            : gathered.preferences.channels.intersection(channels.keys).sorted().map {
                NoticeDelivery(id: .version7(at: now), user: user, channel: $0, digest: digest)
            }
        // What nobody wants to hear is taken off too.
        let hasMore = try await store.settle(gathered.notices, of: user, adding: deliveries.map(\.job), lease)
        if hasMore { try await jobs.enqueue(job(of: user, after: pause)) }
        if !deliveries.isEmpty { await jobs.wake() }
    }

    private func deliver(_ delivery: NoticeDelivery) async throws {
        guard let channel = channels[delivery.channel] else {
            throw JobFailure.permanent("this hub has no such channel")
        }
        try await channel.deliver(delivery, at: clock.now)
        metrics.countNotification(delivery.channel)
    }
}
