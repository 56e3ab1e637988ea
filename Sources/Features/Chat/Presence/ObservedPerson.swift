internal import Model
internal import Wire

/// What a ``PresenceBoard`` has of one person while they are here or were a moment ago.
struct ObservedPerson {
    /// Nothing until what is kept of them is known.
    var presence: PersonPresence?
    var isHere = true
    /// How often who may see them has changed.
    var relations: UInt64 = 0
    /// What they declared before it was known what is kept of them.
    var pending: PresenceDeclaration?
    /// What the others were last told; nothing if they know what they would be told first.
    var told: UserPresence?
    var isTelling = false
    var toldAt: LiveInstant?
    var timer: (any ScheduledWork)?
    var tellTimer: (any ScheduledWork)?
    /// Failures since what was asked of the store last came.
    var failures = 0
    var retryTimer: (any ScheduledWork)?

    func cancel() {
        timer?.cancel()
        tellTimer?.cancel()
        retryTimer?.cancel()
    }
}
