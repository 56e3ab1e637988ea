package import FeatureKit
internal import Model
internal import Persistence
internal import Wire

// Blocks, groups and erased accounts change who may see whom.
extension PresenceBoard {
    /// What another area says of people.
    package func take(_ change: PeopleChange) {
        switch change {
        case .blocked(let blocked, let blocker):
            // Neither sees the other any more: for each, the other one goes offline.
            for (user, other) in [(blocker, blocked), (blocked, blocker)] where looksAfter(user) {
                people[user]?.relations &+= 1
                guard let told = people[user]?.told, told.status != .offline else { continue }
                // Asks Postgres who sees whom; once a block, and ends with what is told.
                Task { await self.hide(user, from: other) }
            }
        case .unblocked(let blocked, let blocker):
            for user in [blocked, blocker] where looksAfter(user) { tellAnew(user) }
        case .joined(_, let user): tellAnew(user)
        case .erased(let user):
            guard let person = people.removeValue(forKey: user) else { return }
            person.cancel()
        case .left(_, let user): people[user]?.relations &+= 1
        case .groupChanged, .groupDissolved, .invited, .profileChanged: break
        }
    }

    /// Has somebody who saw that they are here see them go; who never saw them hears nothing, and cannot tell.
    private func hide(_ user: UserID, from other: UserID) async {
        do throws(PostgresError) {
            guard try await store.profiles(of: [user], for: other)[user] != nil else { return }
            tell(UserPresence(user: user, status: .offline), [other])
        } catch {
            // What they saw goes with their next connection.
            return
        }
    }

    /// Somebody may see them now who could not.
    private func tellAnew(_ user: UserID) {
        people[user]?.relations &+= 1
        people[user]?.told = nil
        changed(user)
    }
}
