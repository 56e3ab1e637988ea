package import Model
internal import Synchronization

/// What has changed among people, told after the commit.
package enum PeopleChange: Hashable, Sendable {
    case joined(GroupID, UserID)
    /// By themselves, or removed.
    case left(GroupID, UserID)
    /// Another name of the group, or another role of somebody in it.
    case groupChanged(GroupID)
    case groupDissolved(GroupID)
    /// Somebody was sent an invitation by name, from somebody they do not block.
    case invited(UserID, to: GroupID, by: UserID)
    /// Another name, or picture.
    case profileChanged(UserID)
    case blocked(UserID, by: UserID)
    case unblocked(UserID, by: UserID)
    /// The account is gone, with everything that was theirs.
    case erased(UserID)
}

/// How areas hear of people: one publishes, others subscribe while the hub starts. Callable from any thread.
package final class PeopleEvents: Sendable {
    private let subscribers = Mutex<[@Sendable (PeopleChange) -> Void]>([])

    package init() {}

    /// - Parameter handle: Called on any thread; returns without waiting.
    package func subscribe(_ handle: @escaping @Sendable (PeopleChange) -> Void) {
        subscribers.withLock { $0.append(handle) }
    }

    /// Tells everybody who subscribed, in that order.
    package func publish(_ change: PeopleChange) {
        for subscriber in subscribers.withLock({ $0 }) { subscriber(change) }
    }
}
