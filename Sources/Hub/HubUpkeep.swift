internal import Configuration
internal import EventLoop
internal import FeatureKit
internal import Model
internal import Persistence
internal import Telemetry

/// What a hub does now and then beside serving.
struct HubUpkeep: Sendable {
    private let keepers: [NodeKeeper]
    private let locations: LocationUpkeep
    private let tickets: PostgresTicketStore
    private let auditLog: PostgresAuditStore
    private let auditDays: Int
    private let trail: AuditTrail
    private let retentionDays: Int
    private let clock = SystemClock()
    private let log: Logger
    private let gate = UpkeepGate()

    /// Between two looks at revoked keys, and two notes of which keys were used.
    static let keyPeriod = Duration.seconds(10)
    static let storePeriod = Duration.seconds(3600)

    /// How long it is remembered that a device was erased; no hub holds what it reported for as long.
    static let erasureMemory = Duration.seconds(30 * 86_400)

    init(
        database: Database, nodes: [LoopNode], configuration: HubConfiguration, audit: AuditTrail, log: Logger
    ) {
        keepers = nodes.map(NodeKeeper.init)
        locations = LocationUpkeep(database: database)
        tickets = PostgresTicketStore(database: database)
        auditLog = PostgresAuditStore(database: database)
        auditDays = Int(configuration.security.auditRetention.components.seconds / 86_400)
        trail = audit
        retentionDays = max(1, Int(configuration.limits.locationRetention.components.seconds / 86_400))
        self.log = log.component("upkeep")
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
        await withDiscardingTaskGroup { group in
            group.addTask { await repeatedly(every: HubUpkeep.keyPeriod) { await keepKeys() } }
            group.addTask { await repeatedly(every: HubUpkeep.storePeriod) { await keepStore() } }
        }
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

    private func keepStore() async {
        do {
            _ = try await locations.ensurePartitions(around: clock.now)
            let removed = try await locations.removeLocations(olderThan: retentionDays, at: clock.now)
            if removed > 0 { log.info("old locations removed", ["rows": .integer(removed)]) }
            try await locations.refreshGroupMemberCounts()
            _ = try await tickets.removeExpired(at: clock.now)
            try await keepAuditLog()
        } catch PostgresError.closed {
            // The hub stops.
        } catch let error as PostgresError {
            log.warning("upkeep of the database failed", ["reason": .string(error.description)])
        } catch {
            log.warning("upkeep of the database failed")
        }
    }
}

extension HubUpkeep {
    /// Removes what is older than the retention, unless everything is kept.
    private func keepAuditLog() async throws {
        let now = clock.now
        _ = try await auditLog.forgetErasures(before: now.advanced(by: .zero - HubUpkeep.erasureMemory))
        guard auditDays > 0 else { return }
        let removed = try await auditLog.removeEntries(before: now.advanced(by: .seconds(-auditDays * 86_400)))
        if removed > 0 { log.info("old audit entries removed", ["rows": .integer(removed)]) }
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

    func forget(_ keys: Set<APIKeyID>) { node.keys.forget(keys) }

    func endSessions(of keys: Set<APIKeyID>) { node.endSessions(of: keys) }
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
