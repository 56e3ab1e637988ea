package import Persistence
internal import Synchronization

/// How areas have people told of what they missed: one area serves, others ask it. Callable from any thread.
package final class Notifications: Sendable {
    private struct Parts {
        var queue: (any NotificationQueue)?
        var judges: [any NoticeJudge] = []
    }

    private let parts = Mutex(Parts())

    package init() {}

    /// While the hub starts.
    ///
    /// - Precondition: No other area notifies people.
    package func serve(with queue: any NotificationQueue) {
        parts.withLock { parts in
            precondition(parts.queue == nil, "Two areas notify people")
            parts.queue = queue
        }
    }

    /// While the hub starts: `judge` is asked, before somebody is told, what is still worth it.
    package func judge(with judge: any NoticeJudge) { parts.withLock { $0.judges.append(judge) } }

    /// Has people told, in a while and together with what else they miss until then. Of whom nothing is known any more
    /// nobody is told. Does nothing on a hub that notifies nobody.
    package func enqueue(_ notices: [Notice]) async throws(PostgresError) {
        guard !notices.isEmpty, let queue = parts.withLock({ $0.queue }) else { return }
        try await queue.enqueue(notices)
    }

    /// As a part of a transaction of the caller's: they are in the queue if, and only if, it commits.
    package func insertion(of notices: [Notice]) -> [PostgresQuery] {
        guard !notices.isEmpty, let queue = parts.withLock({ $0.queue }) else { return [] }
        return queue.insertion(of: notices)
    }

    /// Which of `notices`, all of one person's, are still worth telling.
    package func wanted(_ notices: [Notice]) async throws -> [Notice] {
        var wanted = notices
        for judge in parts.withLock({ $0.judges }) where !wanted.isEmpty { wanted = try await judge.wanted(wanted) }
        return wanted
    }
}

/// Keeps notices until people are told; one area offers it (``Notifications/serve(with:)``).
package protocol NotificationQueue: Sendable {
    func enqueue(_ notices: [Notice]) async throws(PostgresError)

    /// What adds them, as a part of a transaction.
    func insertion(of notices: [Notice]) -> [PostgresQuery]
}

/// Knows of an area's notices which have come to nothing: a conversation is muted or left, a message read or deleted.
package protocol NoticeJudge: Sendable {
    /// Those of `notices` that are still worth telling; all are one person's, and those of other areas are worth it.
    func wanted(_ notices: [Notice]) async throws -> [Notice]
}
