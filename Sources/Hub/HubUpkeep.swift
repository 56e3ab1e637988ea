internal import EventLoop
internal import FeatureKit
internal import Model
internal import Persistence

/// What every hub does for itself now and then, beside the jobs that one of them does for all.
struct HubUpkeep: Sendable {
    private let keepers: [NodeKeeper]
    private let locations: LocationUpkeep
    private let trail: AuditTrail
    private let people: PostgresPeopleStore
    /// Knows users; nothing without an area that does.
    private let bearers: (any BearerAuthenticator)?
    private let clock = SystemClock()
    private let gate = UpkeepGate()

    /// Between two looks at revoked keys and ended sign-ins, and two notes of which keys were used.
    static let keyPeriod = Duration.seconds(10)
    /// Between two looks at the memberships by which users watch groups, which another hub may have ended: short enough that
    /// nobody watches for 5 s more.
    static let membershipPeriod = Duration.seconds(3)
    /// Memberships that one query asks for.
    private static let membershipBatch = 2000

    init(database: Database, nodes: [LoopNode], audit: AuditTrail, bearers: (any BearerAuthenticator)? = nil) {
        self.bearers = bearers
        keepers = nodes.map(NodeKeeper.init)
        locations = LocationUpkeep(database: database)
        trail = audit
        people = PostgresPeopleStore(database: database)
    }

    /// What must be done before the first fix comes.
    func prepare() async throws(HubError) {
        do throws(PostgresError) {
            _ = try await locations.ensurePartitions(around: clock.now)
        } catch {
            throw .database(reason: error.debugDescription)
        }
    }

    /// Until the task is cancelled.
    func run() async {
        async let memberships: Void = repeatedly(every: HubUpkeep.membershipPeriod) { await keepMemberships() }
        await repeatedly(every: HubUpkeep.keyPeriod) {
            await keepKeys()
            await keepSignIns()
        }
        await memberships
    }

    /// When the hub stops.
    func finish() async {
        for keeper in keepers { await keeper.writeUses() }
        await trail.finish()
    }

    /// Begins nothing more, and waits for what is under way. Called when the database is closed and the loops are not.
    func close() async { await gate.close() }

    private func repeatedly(every period: Duration, _ work: () async -> Void) async {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: period)
            } catch {
                return
            }
            guard await gate.enter() else { return }
            await work()
            await gate.leave()
        }
    }

    /// Has every key and sign-in asked for again before it is let in, and ends the sessions of those that were revoked. Does
    /// nothing once ``close()`` was called.
    func checkKeys() async {
        guard await gate.enter() else { return }
        for keeper in keepers { await keeper.doubtKeys() }
        await bearers?.doubtEverything()
        await keepKeys()
        await keepSignIns()
        await gate.leave()
    }

    private func keepKeys() async {
        var revoked: Set<APIKeyID> = []
        for keeper in keepers {
            await keeper.writeUses()
            revoked.formUnion(await keeper.revokedKeys())
        }
        guard !revoked.isEmpty else { return }
        // First no loop lets them in any more, then those who are in must go.
        for keeper in keepers { await keeper.forget(revoked) }
        for keeper in keepers { await keeper.endSessions(of: revoked) }
    }

    /// Ends the watches of those who are members no longer; while Postgres cannot be asked, they stay.
    private func keepMemberships() async {
        var memberships: Set<Membership> = []
        for keeper in keepers { memberships.formUnion(await keeper.membershipsInUse()) }
        let all = Array(memberships)
        for start in stride(from: 0, to: all.count, by: HubUpkeep.membershipBatch) {
            let batch = all[start..<min(start + HubUpkeep.membershipBatch, all.count)]
            guard let ended = try? await people.ended(among: Set(batch)) else { return }
            for membership in ended {
                for keeper in keepers { await keeper.endWatches(of: .from(membership.group, membership.user)) }
            }
        }
    }

    /// Ends the sessions of sign-ins that another hub has ended, or whose time is over.
    private func keepSignIns() async {
        guard let bearers else { return }
        var inUse: Set<SignInID> = []
        for keeper in keepers { inUse.formUnion(await keeper.signInsInUse) }
        guard !inUse.isEmpty else { return }
        let ended: Set<SignInID>
        do throws(DeviceStoreError) {
            ended = try await bearers.ended(among: inUse)
        } catch {
            // Postgres is away; the next time will do.
            return
        }
        guard !ended.isEmpty else { return }
        for keeper in keepers { await keeper.endSessions(of: ended) }
    }
}

/// A loop's node as seen by what is asynchronous.
actor NodeKeeper {
    private let node: LoopNode
    nonisolated private let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ node: LoopNode) {
        self.node = node
        loop = node.loop
    }

    func writeUses() async {
        let uses = node.keys.takeUses()
        await node.keys.write(uses)
    }

    /// Those of the keys in use that Postgres no longer takes.
    func revokedKeys() async -> Set<APIKeyID> {
        var revoked: Set<APIKeyID> = []
        for key in node.keysInUse where await node.keys.isRevoked(key) { revoked.insert(key) }
        return revoked
    }

    func membershipsInUse() -> Set<Membership> { node.membershipsInUse }

    func endWatches(of departed: Departed) { node.endWatches(of: departed) }

    func doubtKeys() { node.keys.doubtEverything() }

    func forget(_ keys: Set<APIKeyID>) { node.keys.forget(keys) }

    func endSessions(of keys: Set<APIKeyID>) {
        node.endSessions { $0.key.map(keys.contains) ?? false }
    }

    var signInsInUse: Set<SignInID> { node.signInsInUse }

    func endSessions(of signIns: Set<SignInID>) {
        node.endSessions { $0.signIn.map(signIns.contains) ?? false }
    }
}

/// Knows what of the upkeep is under way, so that the loops on which it runs outlive it.
private actor UpkeepGate {
    private var inside = 0
    private var isClosed = false
    private var onEmpty: [CheckedContinuation<Void, Never>] = []

    /// - Returns: Whether work may begin; it is followed by ``leave()``.
    func enter() -> Bool {
        guard !isClosed else { return false }
        inside += 1
        return true
    }

    func leave() {
        inside -= 1
        guard inside == 0 else { return }
        for waiter in onEmpty { waiter.resume() }
        onEmpty = []
    }

    func close() async {
        isClosed = true
        guard inside > 0 else { return }
        await withCheckedContinuation { onEmpty.append($0) }
    }
}
