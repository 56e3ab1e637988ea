/// Decides how long a busy loop rests between two turns; reads no clock.
struct TurnPacer {
    /// The least time from one turn to the next.
    var spacing = Duration.zero {
        didSet { nanoseconds = UInt64(spacing / .nanoseconds(1)) }
    }
    private var nanoseconds: UInt64 = 0
    /// When the turn before began to wait for events, in nanoseconds of any clock that never goes back.
    private var last: UInt64 = 0
    private var isHurried = false

    var isPacing: Bool { nanoseconds > 0 }

    /// The next turn follows at once.
    mutating func hurry() { isHurried = true }

    /// A turn has ended at `now`.
    ///
    /// - Returns: How long to rest before events are waited for, in nanoseconds.
    mutating func rest(at now: UInt64) -> UInt64 {
        let due = last &+ nanoseconds
        guard now < due, !isHurried else {
            isHurried = false
            last = now
            return 0
        }
        last = due
        return due - now
    }
}
