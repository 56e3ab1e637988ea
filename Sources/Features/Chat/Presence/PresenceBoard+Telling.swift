internal import FeatureKit
internal import Model
internal import Persistence
internal import Wire

// Who hears of a change: those who may see the person and are there, once in ``PresenceLimits/pace`` at most.
extension PresenceBoard {
    /// What is shown of a person may have changed.
    func changed(_ user: UserID) {
        guard let person = people[user], let presence = person.presence, !person.isTelling else { return }
        let shown = presence.shown(of: user, at: clock.now)
        // Of whom nothing was told they are offline for everybody. That somebody invisible comes or goes, nobody hears.
        let told = person.told ?? UserPresence(user: user, status: .offline)
        guard told.status != shown.status || told.note != shown.note else { return forgetIfGone(user) }
        let now = scheduler.now
        if let toldAt = person.toldAt {
            let wait = limits.pace.wholeMilliseconds - (now.milliseconds - toldAt.milliseconds)
            guard wait <= 0 else {
                guard person.tellTimer == nil else { return }
                people[user]?.tellTimer = scheduler.schedule(after: .milliseconds(wait)) { [weak self] in
                    self?.assumeIsolated { board in
                        board.people[user]?.tellTimer = nil
                        board.changed(user)
                    }
                }
                return
            }
        }
        people[user]?.isTelling = true
        people[user]?.toldAt = now
        // Asks Postgres who watches; one at a time for each person (`isTelling`).
        Task { await self.tellWatchers(of: user) }
    }

    private func tellWatchers(of user: UserID) async {
        guard people[user] != nil, !isClosed else { return }
        do throws(PostgresError) {
            var watchers: [UserID]
            var asked: UInt64?
            repeat {
                asked = people[user]?.relations
                watchers = try await store.watchers(of: user)
                // Somebody blocked or left meanwhile: they may be among those.
            } while people[user]?.relations != asked
            guard let presence = people[user]?.presence else { return }
            let shown = presence.shown(of: user, at: clock.now)
            people[user]?.failures = 0
            people[user]?.told = shown
            people[user]?.isTelling = false
            tell(shown, watchers)
            changed(user)
        } catch {
            tryAgain(user) { await $0.tellWatchers(of: user) }
        }
    }

    /// Who is offline, and known to be, needs no place in memory.
    private func forgetIfGone(_ user: UserID) {
        guard let person = people[user], person.presence?.link == .absent, !person.isTelling else { return }
        if person.presence?.isInvisible == true { veil(user, false) }
        person.cancel()
        people[user] = nil
    }
}
