/// Those who watch a group in one dialect, and what those have missed who were told to wait.
final class Audience {
    /// What an observer has missed: which members, not which frames, so that it never grows.
    struct Missed: Equatable {
        var positions = MemberSet()
        var presences = MemberSet()
        /// Members came, went or changed their names: nothing but a snapshot makes up for it.
        var membership = false

        var isEmpty: Bool { positions.isEmpty && presences.isEmpty && !membership }

        mutating func formUnion(_ other: Missed) {
            positions.formUnion(other.positions)
            presences.formUnion(other.presences)
            membership = membership || other.membership
        }

        static func positions(_ slots: MemberSet) -> Missed { Missed(positions: slots) }
        static func presence(_ slot: Int) -> Missed {
            var missed = Missed()
            missed.presences.insert(slot)
            return missed
        }
        static let everything = Missed(membership: true)
    }

    private(set) var observers: [any GroupObserver] = []
    /// One for each observer; `nil` for one that keeps up.
    private var missed: [Missed?] = []
    private(set) var behind = 0
    /// Changes whenever an observer comes or goes.
    private(set) var version: UInt64 = 0

    var count: Int { observers.count }

    /// Whether a frame would be sent to anybody.
    var isListening: Bool { behind < observers.count }

    func index(of observer: any GroupObserver) -> Int? {
        observers.firstIndex { $0 === observer }
    }

    func isBehind(_ index: Int) -> Bool { missed[index] != nil }

    func add(_ observer: any GroupObserver) {
        observers.append(observer)
        missed.append(nil)
        version &+= 1
    }

    func remove(at index: Int) {
        if missed[index] != nil { behind -= 1 }
        observers.remove(at: index)
        missed.remove(at: index)
        version &+= 1
    }

    /// Notes what an observer has not been told; from now on it is behind.
    ///
    /// - Returns: Whether it kept up until now.
    @discardableResult
    func hold(_ index: Int, _ what: Missed) -> Bool {
        guard missed[index] == nil else {
            missed[index]?.formUnion(what)
            return false
        }
        missed[index] = what
        behind += 1
        return true
    }

    /// Notes for all who are behind what they have not been told.
    func holdBack(_ what: Missed) {
        for index in missed.indices { missed[index]?.formUnion(what) }
    }

    /// What an observer has missed; it keeps up from now on. Nothing if it did all along.
    func release(_ index: Int) -> Missed? {
        guard let what = missed[index] else { return nil }
        missed[index] = nil
        behind -= 1
        return what
    }

    func removeAll() {
        observers = []
        missed = []
        behind = 0
        version &+= 1
    }

    /// Forgets what an observer has missed, because it is about to get everything; it stays behind if it was.
    func forgive(_ index: Int) {
        if missed[index] != nil { missed[index] = Missed() }
    }
}
