internal import FeatureKit
internal import Model
internal import Persistence
internal import Synchronization
internal import Telemetry

/// Works live locations of people's devices into their records once they are committed (docs/adr/0041). Locations are read
/// from Postgres, where each is once, however often and late it came; in memory is only which devices have reported.
actor LiveRecorder {
    nonisolated let pending: PendingFixes
    private let store: PostgresLiveStore
    private let travel: TravelServices
    private let limits: TravelLiveLimits
    private let clock: any LiveClock
    private let log: Logger
    private let hub: UniqueID
    /// When the oldest fix was received that a journal holds.
    private let oldestHeld: @Sendable () async -> Timestamp?
    private let throttle = LogThrottle(every: .seconds(30))
    private let meters: TravelMeters

    private var owners: [DeviceID: PostgresLiveStore.Owner] = [:]
    private var kept: KeptReadings
    /// Whose readings are to be forgotten.
    private nonisolated let erased = Mutex<[UserID]>([])
    private var doubtedAt = ContinuousClock.now
    /// Unfinished records as they were at the last look.
    private var unfinished: [UserID: Int64] = [:]

    init(
        store: PostgresLiveStore, travel: TravelServices, limits: TravelLiveLimits = TravelLiveLimits(),
        clock: any LiveClock, log: Logger, meters: TravelMeters,
        oldestHeld: @escaping @Sendable () async -> Timestamp?
    ) {
        self.store = store
        self.travel = travel
        self.limits = limits
        self.clock = clock
        self.log = log
        self.meters = meters
        self.oldestHeld = oldestHeld
        hub = .version7(at: clock.now)
        pending = PendingFixes(limits: limits)
        kept = KeptReadings(limit: limits.readings)
    }

    /// Until the task is cancelled.
    func run() async {
        // Each by itself: a hub that has much to finish is not gone.
        async let beats: Void = keepBeating()
        async let finishing: Void = keepFinishing()
        while (try? await Task.sleep(for: limits.period)) != nil { await look() }
        await beats
        await finishing
    }

    /// Forgets what is in memory of somebody who was erased, at the next look. Callable from any thread.
    nonisolated func forget(_ user: UserID) { erased.withLock { $0.append(user) } }

    /// Marks what waits for whoever is there next, and says goodbye; the database is still there.
    func finish() async {
        let spans = pending.take(isAll: true)
        do throws(PostgresError) {
            let all = spans.map { (device: $0.key, span: $0.value) }
            for start in stride(from: 0, to: all.count, by: 1000) {
                let batch = Array(all[start..<min(start + 1000, all.count)])
                try await store.mark(batch)
                pending.finish(batch.map(\.device))
            }
            if pending.oldest == nil, await oldestHeld() == nil { try await store.leave(hub) }
        } catch {
            // Its row stays, and with it what has to be looked at.
            log.warning("live locations not marked", ["error": .string(error.debugDescription)])
        }
    }

    // MARK: Working in

    /// Works in what is due.
    ///
    /// - Parameter isAll: Whether everything is.
    func look(isAll: Bool = false) async {
        let gone = erased.withLock { users in
            defer { users.removeAll() }
            return users
        }
        for user in gone { _ = kept.take(user) }
        // Another hub may have made one of them somebody's.
        if doubtedAt.duration(to: .now) > .seconds(60) {
            pending.doubtIgnored()
            owners.removeAll(keepingCapacity: true)
            doubtedAt = .now
            kept.drop(unusedSince: doubtedAt.advanced(by: .zero - limits.readingAge))
            meters.kept.set(kept.count)
        }
        let due = pending.take(isAll: isAll)
        guard !due.isEmpty else { return }
        let fresh: Set<DeviceID>
        do throws(PostgresError) {
            fresh = try await learnOwners(of: due.keys.filter { owners[$0] == nil })
        } catch {
            pending.putBack(due.keys)
            complain(error)
            return
        }
        var work: [UserID: (span: ClosedRange<Timestamp>, devices: [DeviceID])] = [:]
        var idle: [DeviceID] = []
        for (device, span) in due {
            guard let owner = owners[device] else { continue }
            var (first, last) = (span.first, span.last)
            // While it was not known to be somebody's, what it reported was passed over.
            if fresh.contains(device), owner.since > clock.now.advanced(by: .seconds(-600)) {
                first = min(first, owner.since)
            }
            // What a former device goes on to report is nobody's.
            if let until = owner.until { last = min(last, Timestamp(milliseconds: until.milliseconds - 1)) }
            guard first <= last else {
                idle.append(device)
                continue
            }
            if let other = work[owner.user] {
                first = min(first, other.span.lowerBound)
                last = max(last, other.span.upperBound)
            }
            work[owner.user] = (first...last, (work[owner.user]?.devices ?? []) + [device])
        }
        pending.ignore(due.keys.filter { owners[$0] == nil })
        pending.finish(idle)
        await doAll(work.map { Work(user: $0.key, span: $0.value.span, devices: $0.value.devices) })
    }

    private struct Work: Sendable {
        var user: UserID
        /// What has changed; nothing if it is marked already.
        var span: ClosedRange<Timestamp>?
        var devices: [DeviceID]
    }

    /// - Returns: Those of which an owner is known now.
    private func learnOwners(of devices: [DeviceID]) async throws(PostgresError) -> Set<DeviceID> {
        var fresh: Set<DeviceID> = []
        for start in stride(from: 0, to: devices.count, by: 1000) {
            let batch = Array(devices[start..<min(start + 1000, devices.count)])
            let found = try await store.owners(of: batch)
            owners.merge(found) { $1 }
            fresh.formUnion(found.keys)
        }
        return fresh
    }

    private func doAll(_ work: [Work]) async {
        await withDiscardingTaskGroup { group in
            for lane in 0..<min(limits.workers, work.count) {
                group.addTask {
                    for index in stride(from: lane, to: work.count, by: self.limits.workers) {
                        await self.do(work[index])
                    }
                }
            }
        }
    }

    private func `do`(_ work: Work) async {
        do throws(PostgresError) {
            guard !Task.isCancelled else { throw PostgresError.closed }
            if let reading = try await workIn(work) { kept.put(reading, of: work.user) }
            pending.finish(work.devices)
            meters.kept.set(kept.count)
        } catch {
            pending.putBack(work.devices)
            if !Task.isCancelled { complain(error) }
        }
    }

    private func workIn(_ work: Work) async throws(PostgresError) -> KeptReading? {
        let (user, discoveries) = (work.user, travel.discoveries)
        if let span = work.span {
            if let reading = kept.take(user), span.lowerBound > reading.last {
                do throws(PostgresError) {
                    meters.continued.increment()
                    return try await travel.keeper.goOn(with: reading, for: user) {
                        await discoveries.tell(of: $0, by: user)
                    }
                } catch {
                    guard error.sqlState == .serializationFailure else { throw error }
                }
            }
            try await store.mark(user, span)
        }
        meters.reread.increment()
        // Of an import there may be millions, which the others do not wait for.
        let time = work.span.map { _ in limits.longestTurn }
        return try await travel.keeper.workIn(for: user, within: time) { await discoveries.tell(of: $0, by: user) }
    }

    private func complain(_ error: PostgresError) {
        log.log(
            .warning, "live locations not worked in yet", ["error": .string(error.debugDescription)], throttle: throttle
        )
    }

    // MARK: What hubs leave behind

    private func keepBeating() async {
        while (try? await Task.sleep(for: limits.beat)) != nil { await beat() }
    }

    /// For the first time before anything is received. Says how far this hub is, and takes care of what others have left.
    func beat() async {
        // In this order: what leaves a journal meanwhile is then among what waits.
        let now = clock.now
        let held = await oldestHeld()
        let waiting = pending.oldest
        do throws(PostgresError) {
            try await store.beat(hub, receivedTo: [now, held ?? now, waiting ?? now].min() ?? now)
            if pending.deviceCount < limits.devices, let missed = pending.takeMissed() {
                do throws(PostgresError) {
                    try await store.mark(receivedSince: missed)
                } catch {
                    pending.putBack(missed: missed)
                    throw error
                }
            }
            while let count = try await store.adopt(silentFor: limits.silence) {
                log.info("took over from a hub that is gone", ["people": .integer(count)])
            }
        } catch {
            if !Task.isCancelled { complain(error) }
        }
    }

    private func keepFinishing() async {
        repeat { await finishUnfinished() } while (try? await Task.sleep(for: limits.beat)) != nil
    }

    /// Works in what was marked and then left by whoever marked it: what has not moved since the last look.
    func finishUnfinished() async {
        do throws(PostgresError) {
            let left = try await leftUnfinished()
            await doAll(left.map { Work(user: $0, span: nil, devices: []) })
        } catch {
            if !Task.isCancelled { complain(error) }
        }
    }

    private func leftUnfinished() async throws(PostgresError) -> [UserID] {
        var found: [UserID: Int64] = [:]
        var last: UserID?
        repeat {
            let page = try await store.unfinished(after: last, limit: 1000)
            for record in page { found[record.user] = record.version }
            last = page.count == 1000 ? page.last?.user : nil
        } while last != nil && found.count < 100_000
        let left = found.filter { unfinished[$0.key] == $0.value }
        unfinished = found
        return Array(left.keys)
    }
}
