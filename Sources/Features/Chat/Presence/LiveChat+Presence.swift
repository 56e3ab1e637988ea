internal import EventLoop
package import Model
package import Wire

// People's presence on all loops. Any thread.
extension LiveChat {
    private func home(of user: UserID) -> ChatNode { nodes[Int(user.rawValue.low % UInt64(nodes.count))] }

    private func enter(_ user: UserID, _ work: @escaping @Sendable (isolated PresenceBoard) -> Void) {
        let node = home(of: user)
        if node.loop.isCurrent {
            node.presence?.assumeIsolated(work)
        } else {
            node.loop.execute { node.presence?.assumeIsolated(work) }
        }
    }

    /// Somebody wants to be seen so, whatever they said before and on whichever device.
    package func declare(_ status: PresenceStatus, note: String?, by user: UserID) {
        enter(user) { $0.declare(status, note: note, by: user) }
    }

    /// - Parameter shows: Whether others are told when they were last seen. It is kept already.
    package func show(lastSeen shows: Bool, of user: UserID) {
        enter(user) { $0.show(lastSeen: shows, of: user) }
    }

    /// What others are shown of those who are connected.
    package func presences(of users: [UserID]) async -> [UserID: UserPresence] {
        var found: [UserID: UserPresence] = [:]
        for (index, users) in Dictionary(grouping: users, by: { home(of: $0).loop.index }) {
            guard let board = nodes[index].presence else { continue }
            found.merge(await board.current(users)) { $1 }
        }
        return found
    }
}
