internal import Model

/// On which loops people have sessions, as one loop knows it, and who wants to look as if they had none.
struct Whereabouts {
    private var loops: [UserID: [Int]] = [:]
    private var invisible: Set<UserID> = []

    var count: Int { loops.count }

    func isHere(_ user: UserID) -> Bool { loops[user] != nil }

    func loops(of user: UserID) -> [Int] { loops[user] ?? [] }

    /// The audience, by the loops on which it has sessions.
    func spread(_ audience: [UserID]) -> [Int: [UserID]] {
        var spread: [Int: [UserID]] = [:]
        for user in audience {
            for loop in loops[user] ?? [] { spread[loop, default: []].append(user) }
        }
        return spread
    }

    mutating func arrived(_ user: UserID, on loop: Int) {
        guard !loops(of: user).contains(loop) else { return }
        loops[user, default: []].append(loop)
    }

    mutating func departed(_ user: UserID, from loop: Int) {
        guard var known = loops[user] else { return }
        known.removeAll { $0 == loop }
        loops[user] = known.isEmpty ? nil : known
    }

    func isInvisible(_ user: UserID) -> Bool { invisible.contains(user) }

    mutating func veil(_ user: UserID, _ isInvisible: Bool) {
        if isInvisible { invisible.insert(user) } else { invisible.remove(user) }
    }
}
