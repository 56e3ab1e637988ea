package import Model
package import Persistence
internal import Synchronization

/// How areas hear of fixes once they are committed: the journals tell, areas subscribe while the hub starts. Callable from
/// any thread.
package final class StoredFixes: CommittedFixSubscriber {
    private let subscribers = Mutex<[any CommittedFixSubscriber]>([])
    private let holdings = Mutex<(@Sendable () async -> Timestamp?)?>(nil)

    package init() {}

    package func subscribe(_ subscriber: any CommittedFixSubscriber) {
        subscribers.withLock { $0.append(subscriber) }
    }

    /// Tells everybody who subscribed, in that order.
    package func fixesCommitted(_ fixes: [CommittedFix]) {
        for subscriber in subscribers.withLock({ $0 }) { subscriber.fixesCommitted(fixes) }
    }

    /// Once, by who has the journals.
    ///
    /// - Parameter oldest: When the oldest fix was received that is in a journal and not told of yet.
    package func follow(_ oldest: @escaping @Sendable () async -> Timestamp?) {
        holdings.withLock { $0 = oldest }
    }

    /// When the oldest fix was received that a journal holds and nobody has been told of; nothing if there is none. Whatever
    /// this hub received before has been told of.
    package func oldestHeld() async -> Timestamp? { await holdings.withLock { $0 }?() }
}
