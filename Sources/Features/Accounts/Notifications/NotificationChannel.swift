internal import Jobs
internal import Mail
internal import Model
internal import Persistence
internal import Telemetry

/// A way to tell people of what they missed. One more is a type like these and a line in `AccountsFeature`; one that pushes
/// finds the tokens of a user's clients in `accounts.sign_ins`.
protocol NotificationChannel: Sendable {
    /// In preferences, jobs and labels of metrics.
    static var name: String { get }

    /// Tells `user` once. May be called again for the same delivery, since a hub can be killed before it has noted the end.
    ///
    /// - Throws: ``Jobs/JobFailure/permanent(_:)`` for what trying again does not cure; any other error is tried again.
    func deliver(_ delivery: NoticeDelivery, at now: Timestamp) async throws
}

/// By mail, to addresses that are known to be theirs: nobody else asked for it.
struct EmailChannel: NotificationChannel {
    static let name = "email"

    let mailer: Mailer
    let store: NotificationStore

    func deliver(_ delivery: NoticeDelivery, at now: Timestamp) async throws {
        guard let recipient = try await store.recipient(delivery.user), recipient.isVerified else {
            return mailer.metrics.count(.notices, .dropped)
        }
        let names = try await store.names(of: delivery.digest.senders)
        try await mailer.send(
            .notices, to: recipient, ["summary": delivery.digest.summary(names: names)], id: delivery.id, at: now)
    }
}

/// As a line in the hub's log, for operators who want to see that people would be told: who, and how many.
struct LogChannel: NotificationChannel {
    static let name = "log"

    let log: Logger

    func deliver(_ delivery: NoticeDelivery, at now: Timestamp) async throws {
        log.info(
            "notices",
            [
                "user_id": .string(delivery.user.description),
                "count": .integer(delivery.digest.counts.values.reduce(0, +)),
                "conversations": .integer(delivery.digest.conversations),
            ])
    }
}
