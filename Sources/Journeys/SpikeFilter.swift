/// Leaves out single points that the receiver made up (``JourneyRules/spikeDistance``). What it lets through comes one point
/// late, because the next one decides.
struct SpikeFilter: Hashable, Sendable {
    private let rules: JourneyRules
    private var last: TrackPoint?
    private var pending: TrackPoint?

    init(rules: JourneyRules) { self.rules = rules }

    /// - Returns: The point before `point`, if it is none to leave out.
    mutating func pass(_ point: TrackPoint) -> TrackPoint? {
        guard let candidate = pending else {
            pending = point
            return nil
        }
        pending = point
        if let last, isSpike(candidate, between: last, and: point) { return nil }
        last = candidate
        return candidate
    }

    /// The point that still waits: if nothing comes after it, nothing speaks against it.
    var waiting: TrackPoint? { pending }

    private func isSpike(_ point: TrackPoint, between before: TrackPoint, and after: TrackPoint) -> Bool {
        let (there, back) = (before.distance(to: point), point.distance(to: after))
        guard there > rules.spikeDistance, back > rules.spikeDistance,
            there > rules.spikePace * before.seconds(to: point), back > rules.spikePace * point.seconds(to: after)
        else { return false }
        return before.distance(to: after) * 2 <= min(there, back)
    }
}
