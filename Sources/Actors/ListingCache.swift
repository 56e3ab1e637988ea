/// Which groups of a loop keep their listing encoded: those that were asked for last, so that listings take a bounded
/// share of memory however many groups there are.
///
/// Confined to its loop: references may be held anywhere, every method is called on the loop.
final class ListingCache: @unchecked Sendable {
    /// Round and round: the next to come takes the place of the oldest.
    private var groups: [GroupActor?]
    private var next = 0

    /// - Parameter capacity: Groups, at least 1.
    init(capacity: Int) { groups = Array(repeating: nil, count: capacity) }

    /// Notes that `group` keeps its listing from now on; the group whose place it takes forgets its own.
    ///
    /// - Returns: The group's place, for ``remove(at:)``.
    func add(_ group: GroupActor) -> Int {
        let place = next
        next = (next + 1) % groups.count
        groups[place]?.assumeIsolated { $0.forgetListing() }
        groups[place] = group
        return place
    }

    /// The group at `place` keeps its listing no longer.
    func remove(at place: Int) { groups[place] = nil }
}
