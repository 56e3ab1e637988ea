internal import FeatureKit
package import Model
internal import Persistence
package import Telemetry
package import Wire

/// How the people are whom one loop looks after: each person is one loop's, chosen by their id, wherever their sessions are.
///
/// Tells, of each change, those who may see it and are there; once a second at most.
///
/// An actor of its loop: entered by `assumeIsolated` from there.
@safe package actor PresenceBoard {
    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe executor }

    private nonisolated let executor: UnownedSerialExecutor
    let store: any PresenceStore
    let scheduler: any LiveScheduler
    let clock: any LiveClock
    let limits: PresenceLimits
    private let writer: PresenceWriter
    var people: [UserID: ObservedPerson] = [:]
    private var seenTimer: (any ScheduledWork)?
    private(set) var isClosed = false

    /// Whether a person is this board's. Any thread.
    nonisolated let looksAfter: @Sendable (UserID) -> Bool
    /// Sends what is shown of somebody to those of `watchers` who are there.
    let tell: @Sendable (UserPresence, [UserID]) -> Void
    /// Has every loop know that somebody wants to look as if they were not there.
    let veil: @Sendable (UserID, Bool) -> Void

    package init(
        store: any PresenceStore, on scheduler: any LiveScheduler, clock: any LiveClock, limits: PresenceLimits,
        logger: Logger, looksAfter: @escaping @Sendable (UserID) -> Bool,
        tell: @escaping @Sendable (UserPresence, [UserID]) -> Void, veil: @escaping @Sendable (UserID, Bool) -> Void
    ) {
        self.store = store
        self.scheduler = scheduler
        self.clock = clock
        self.limits = limits
        self.looksAfter = looksAfter
        self.tell = tell
        self.veil = veil
        writer = PresenceWriter(store: store, on: scheduler, limits: limits, logger: logger)
        unsafe executor = scheduler.executor.asUnownedSerialExecutor()
    }

    // MARK: Coming and going

    /// Somebody has a session somewhere, or none any more.
    package func moved(_ user: UserID, isHere: Bool) {
        guard looksAfter(user), !isClosed else { return }
        if isHere { arrived(user) } else { departed(user) }
    }

    private func arrived(_ user: UserID) {
        guard people[user] != nil else {
            people[user] = ObservedPerson()
            Task { await self.load(user) }
            return armSeen()
        }
        people[user]?.isHere = true
        people[user]?.timer?.cancel()
        people[user]?.timer = nil
        people[user]?.presence?.arrived(at: clock.now)
        changed(user)
    }

    private func departed(_ user: UserID) {
        guard people[user]?.isHere == true else { return }
        people[user]?.isHere = false
        let end = LiveInstant(milliseconds: scheduler.now.milliseconds + limits.grace.wholeMilliseconds)
        people[user]?.presence?.departed(at: clock.now, until: end)
        noteSeen(user)
        people[user]?.timer = scheduler.schedule(after: limits.grace) { [weak self] in
            self?.assumeIsolated { $0.lapse(user) }
        }
    }

    private func lapse(_ user: UserID) {
        people[user]?.timer = nil
        guard people[user]?.isHere == false else { return }
        guard people[user]?.presence?.lapse(now: scheduler.now) == true else {
            // It was never known how they are: nobody was told anything of them.
            if people[user]?.presence == nil { people[user] = nil }
            return
        }
        changed(user)
    }

    private func load(_ user: UserID) async {
        guard people[user] != nil, !isClosed else { return }
        do throws(PostgresError) {
            let profile = try await store.profile(of: user)
            loaded(profile, of: user)
        } catch {
            tryAgain(user) { await $0.load(user) }
        }
    }

    private func loaded(_ profile: PresenceProfile, of user: UserID) {
        guard let person = people[user], person.presence == nil else { return }
        people[user]?.failures = 0
        var presence = PersonPresence(profile, at: clock.now)
        if let pending = person.pending {
            presence.declare(pending.status, note: pending.note, at: pending.at)
            people[user]?.pending = nil
        }
        if !person.isHere {
            presence.departed(at: clock.now, until: scheduler.now)
            if person.timer == nil { _ = presence.lapse(now: scheduler.now) }
        }
        people[user]?.presence = presence
        if presence.isInvisible { veil(user, true) }
        noteSeen(user)
        changed(user)
    }

    func tryAgain(_ user: UserID, _ work: @escaping @Sendable (PresenceBoard) async -> Void) {
        guard let person = people[user], !isClosed else { return }
        people[user]?.failures = person.failures + 1
        let backoff = Backoff(shortest: .milliseconds(200), longest: .seconds(5))
        let delay = backoff.delay(afterFailures: person.failures + 1)
        people[user]?.retryTimer = scheduler.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { board in
                board.people[user]?.retryTimer = nil
                Task { await work(board) }
            }
        }
    }

    // MARK: What people want

    /// - Parameter status: Not `offline`, which only the hub concludes.
    package func declare(_ status: PresenceStatus, note: String?, by user: UserID) {
        guard looksAfter(user), status != .offline, !isClosed else { return }
        let now = clock.now
        let declaration = PresenceDeclaration(user: user, status: status, note: note, at: now)
        writer.assumeIsolated { $0.note(declaration) }
        guard let presence = people[user]?.presence else {
            people[user]?.pending = declaration
            return
        }
        let wasInvisible = presence.isInvisible
        people[user]?.presence?.declare(status, note: note, at: now)
        noteSeen(user)
        if wasInvisible != (status == .invisible) { veil(user, status == .invisible) }
        changed(user)
    }

    package func show(lastSeen shows: Bool, of user: UserID) {
        people[user]?.presence?.show(lastSeen: shows)
        changed(user)
    }

    /// What others are shown of those of `users` who are here now or were a moment ago.
    package func current(_ users: [UserID]) -> [UserID: UserPresence] {
        let now = clock.now
        var current: [UserID: UserPresence] = [:]
        for user in users { current[user] = people[user]?.presence?.shown(of: user, at: now) }
        return current
    }

    // MARK: Keeping

    private func noteSeen(_ user: UserID) {
        guard let moment = people[user]?.presence?.profile.lastSeenAt else { return }
        writer.assumeIsolated { $0.note(seen: user, at: moment) }
    }

    private func armSeen() {
        guard seenTimer == nil, !people.isEmpty, !isClosed else { return }
        seenTimer = scheduler.schedule(after: limits.seenPeriod) { [weak self] in
            self?.assumeIsolated { $0.noteAll() }
        }
    }

    private func noteAll() {
        seenTimer = nil
        let now = clock.now
        for (user, person) in people where person.isHere {
            people[user]?.presence?.seen(at: now)
            noteSeen(user)
        }
        armSeen()
    }

    /// Writes what waits, until nothing does or the time is over. For a hub that stops.
    package func drain(within deadline: Duration) async {
        for (user, person) in people where person.isHere {
            people[user]?.presence?.seen(at: clock.now)
            noteSeen(user)
        }
        await writer.drain(within: deadline)
    }

    package func close() {
        isClosed = true
        seenTimer?.cancel()
        for person in people.values { person.cancel() }
        people = [:]
        writer.assumeIsolated { $0.close() }
    }
}
