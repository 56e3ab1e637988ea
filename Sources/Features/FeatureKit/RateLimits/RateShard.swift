internal import Model

/// The windows of some callers of one policy: a value that reads no clock.
///
/// Callers are kept in two generations, and whoever comes moves to the young one. When that has lasted for a window, or is
/// full, it becomes the old one, and what was old is forgotten. So a caller who is idle is forgotten after two windows and a
/// half at the latest, and never while anything of it counts, unless so many others come that the youngest generation fills:
/// then those who have not come for longest begin anew. Nobody is refused because there are others.
struct RateShard: ~Copyable {
    private typealias Generation = [RateSubject: SlidingWindow]

    /// Callers of one generation. A dictionary with 4096 places holds so many.
    static let capacity = 3072

    private var young: Generation = [:]
    private var old: Generation = [:]
    /// When the young generation began.
    private var since: UInt64 = 0

    /// Callers that are remembered; one that is in both generations twice.
    var count: Int { young.count + old.count }

    /// Counts a request of `subject`, unless it is one too many.
    ///
    /// - Parameters:
    ///   - now: In milliseconds of a monotonic clock.
    ///   - window: In milliseconds, the same at every call.
    mutating func admit(_ subject: RateSubject, at now: UInt64, limit: Int, window: UInt64) -> SlidingWindow.Verdict {
        forgetIdle(at: now, window: window)
        if let index = young.index(forKey: subject) {
            return young.values[index].admit(at: now, limit: limit, window: window)
        }
        if young.count == RateShard.capacity { age(at: now) }
        var counted = old[subject] ?? SlidingWindow()
        let verdict = counted.admit(at: now, limit: limit, window: window)
        young[subject] = counted
        return verdict
    }

    /// Forgets whoever has not come for long enough.
    mutating func forgetIdle(at now: UInt64, window: UInt64) {
        // A window and a quarter: what a window counts it may count for a sixteenth longer, by a clock that is behind.
        let life = window + window / 4
        guard count > 0 else {
            since = now
            return
        }
        guard now >= since + life else { return }
        if now >= since + 2 * life { young = [:] }
        age(at: now)
    }

    private mutating func age(at now: UInt64) {
        old = young
        young = [:]
        since = now
    }
}
