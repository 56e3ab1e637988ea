internal import Model

/// A group that is being loaded: who waits for it, and what was committed meanwhile.
struct GroupLoad {
    enum Change {
        case registered(Device, lastFix: Fix?)
        case departed(DeviceID, Departure, at: Timestamp)
        case erased(DeviceID, createdBy: Timestamp)
    }

    /// The most changes kept; beyond them the group is loaded once more instead.
    static let mostChanges = 64

    private(set) var waiters: [@Sendable (Result<GroupActor, LiveUnavailable>) -> Void] = []
    private(set) var changes: [Change] = []
    /// What the store answers may lack changes that were not kept.
    private(set) var isOutdated = false

    /// - Returns: Whether there was room among at most `limit`.
    mutating func wait(
        limit: Int, _ waiter: @escaping @Sendable (Result<GroupActor, LiveUnavailable>) -> Void
    ) -> Bool {
        guard waiters.count < limit else { return false }
        waiters.append(waiter)
        return true
    }

    mutating func note(_ change: Change) {
        guard !isOutdated, changes.count < GroupLoad.mostChanges else {
            isOutdated = true
            changes = []
            return
        }
        changes.append(change)
    }

    mutating func beginAgain() {
        isOutdated = false
        changes = []
    }
}
