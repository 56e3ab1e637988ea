package import Model
package import Telemetry

/// The groups in memory on one loop, and the way to them: one a loop.
///
/// A group is loaded from the store when it is first asked for, once however many ask, and leaves memory when nobody
/// has used it for a while. A load that fails leaves nothing behind: the next who asks tries again.
package actor LiveDirectory {
    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe services.executor }

    private let services: LiveServices
    private let store: any DeviceStore
    private var groups: [GroupID: GroupActor] = [:]
    private var loads: [GroupID: GroupLoad] = [:]
    private var devices: [DeviceID: GroupActor] = [:]
    private var erasures = RecentErasures()
    private var sweep: (any ScheduledWork)?
    /// Before this moment nothing is swept to make room.
    private var nextSqueeze: LiveInstant?
    private var isClosed = false

    /// - Parameters:
    ///   - journal: The one of this loop.
    ///   - scheduler: The loop, which the directory and all its groups and devices live on.
    package init(
        store: any DeviceStore, journal: any FixJournal, encoder: any GroupEncoder, clock: any LiveClock,
        scheduler: any LiveScheduler, limits: LiveLimits = LiveLimits(), tracer: LoopTracer? = nil
    ) {
        self.store = store
        services = LiveServices(
            limits: limits, journal: journal, encoder: encoder, clock: clock, scheduler: scheduler,
            tracer: tracer)
    }

    package var counters: LiveCounters { services.meters.counters }

    /// What ``counters`` are read from; from any thread.
    nonisolated package var meters: LiveMeters { services.meters }

    /// The loop's, while there is tracing.
    nonisolated package var tracer: LoopTracer? { services.tracer }

    // MARK: Finding

    /// The group if it is in memory.
    package func loadedGroup(_ id: GroupID) -> GroupActor? {
        guard let group = groups[id] else { return nil }
        group.assumeIsolated { $0.markUsed() }
        return group
    }

    /// The device if its group is in memory and it is an active member.
    package func loadedDevice(_ id: DeviceID) -> DeviceActor? {
        guard let group = devices[id] else { return nil }
        return group.assumeIsolated {
            $0.markUsed()
            return $0.device(id)
        }
    }

    /// Hands the group to `then`, on this loop: at once if it is in memory, else when it has been loaded. A group that
    /// has no device is a group without members.
    package func find(
        _ id: GroupID, then: @escaping @Sendable (Result<GroupActor, LiveUnavailable>) -> Void
    ) {
        if let group = loadedGroup(id) {
            then(.success(group))
        } else if isClosed {
            then(.failure(.stopping))
        } else if loads[id] != nil {
            let hasRoom = loads[id]?.wait(limit: services.limits.waitingForLoad, then) ?? false
            if !hasRoom { then(.failure(.overloaded)) }
        } else if makeRoom() {
            var load = GroupLoad()
            _ = load.wait(limit: services.limits.waitingForLoad, then)
            loads[id] = load
            Task { await self.load(id) }
        } else {
            then(.failure(.overloaded))
        }
    }

    /// As ``find(_:then:)``, for those who can wait.
    package func group(_ id: GroupID) async throws(LiveUnavailable) -> GroupActor {
        if let group = loadedGroup(id) { return group }
        let result = await withCheckedContinuation { continuation in
            find(id) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    // MARK: Loading

    private func load(_ id: GroupID) async {
        while true {
            services.meters.loads.add(1)
            let found: Result<[DeviceState], DeviceStoreError>
            do throws(DeviceStoreError) {
                found = .success(try await store.activeDevices(in: id))
            } catch {
                found = .failure(error)
            }
            guard let load = loads[id] else { return }
            switch found {
            case .failure:
                services.meters.loadFailures.add(1)
                finish(load, of: id, .failure(.storeFailed))
                return
            case .success where load.isOutdated:
                loads[id]?.beginAgain()
            case .success(let devices):
                finish(load, of: id, .success(GroupActor(id, devices: devices, services: services)))
                return
            }
        }
    }

    private func finish(_ load: GroupLoad, of id: GroupID, _ result: Result<GroupActor, LiveUnavailable>) {
        loads[id] = nil
        if case .success(let group) = result {
            groups[id] = group
            services.meters.groups.add(1)
            for device in group.assumeIsolated({ $0.enter() }) { devices[device] = group }
            for change in load.changes { apply(change, to: group) }
            awaitSweep()
        }
        for waiter in load.waiters { waiter(result) }
    }

    // MARK: Membership

    /// A registration was committed: to be called on the loop of the device's group, and on that of its previous group
    /// if that is another one. What concerns neither a group in memory nor one being loaded is left to the store.
    package func registered(_ outcome: RegistrationOutcome) {
        let device = outcome.device
        if let previous = outcome.previousGroup, previous != device.group {
            note(.departed(device.id, .moved(to: device.group), at: device.updatedAt), in: previous)
        }
        note(.registered(device, lastFix: outcome.lastFix), in: device.group)
    }

    /// A deactivation was committed: to be called on the loop of the device's group.
    ///
    /// - Parameter moment: What the store was given; a device registered again after it stays.
    package func deactivated(_ device: Device, at moment: Timestamp) {
        note(.departed(device.id, .deactivated, at: moment), in: device.group)
    }

    /// An erasure was committed: to be called on every loop, since what was committed before it may be heard after it.
    ///
    /// - Parameter moment: When the device was first registered, or later; one registered under its id since stays.
    package func erased(_ device: DeviceID, createdBy moment: Timestamp) {
        erasures.note(device, createdBy: moment)
        for id in loads.keys { loads[id]?.note(.erased(device, createdBy: moment)) }
        if let group = devices[device] { apply(.erased(device, createdBy: moment), to: group) }
    }

    private func note(_ change: GroupLoad.Change, in id: GroupID) {
        if let group = groups[id] {
            apply(change, to: group)
        } else {
            loads[id]?.note(change)
        }
    }

    private func apply(_ change: GroupLoad.Change, to group: GroupActor) {
        switch change {
        case .registered(let device, let lastFix):
            guard !erasures.cover(device) else { return }
            devices[device.id] = group
            group.assumeIsolated { $0.register(device, lastFix: lastFix) }
        case .departed(let device, let departure, let moment):
            guard group.assumeIsolated({ $0.remove(device, departure, at: moment) }) else { return }
            if devices[device] === group { devices[device] = nil }
        case .erased(let device, let moment):
            guard group.assumeIsolated({ $0.erase(device, createdBy: moment) }) else { return }
            if devices[device] === group { devices[device] = nil }
        }
    }

    // MARK: Leaving memory

    private func awaitSweep() {
        guard sweep == nil, !groups.isEmpty, !isClosed else { return }
        sweep = services.scheduler.schedule(after: services.limits.idleGroup / 4) { [weak self] in
            self?.assumeIsolated { $0.sweepIdle() }
        }
    }

    private func sweepIdle() {
        sweep = nil
        let now = services.scheduler.now.milliseconds
        unload(idleSince: LiveInstant(milliseconds: now - services.limits.idleGroup.milliseconds))
        awaitSweep()
    }

    /// At the bound, groups that nobody uses at this moment leave early; looked for once a second at most.
    private func makeRoom() -> Bool {
        guard groups.count + loads.count >= services.limits.groups else { return true }
        let now = services.scheduler.now
        if let nextSqueeze, now < nextSqueeze { return false }
        nextSqueeze = LiveInstant(milliseconds: now.milliseconds + 1000)
        unload(idleSince: now)
        return groups.count + loads.count < services.limits.groups
    }

    private func unload(idleSince moment: LiveInstant) {
        let idle = groups.filter { $0.value.assumeIsolated { $0.isIdle(since: moment) } }
        for (id, group) in idle {
            groups[id] = nil
            retire(group)
        }
        services.meters.unloads.add(idle.count)
    }

    private func retire(_ group: GroupActor) {
        services.meters.groups.add(-1)
        for device in group.assumeIsolated({ $0.retire() }) where devices[device] === group { devices[device] = nil }
    }

    /// Lets go of everything: those who wait are told, no timer runs on, and nothing can be found any more. Sessions are
    /// left to whoever stops the hub.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        sweep?.cancel()
        sweep = nil
        services.ticker.cancel()
        services.lapses.cancel()
        let waiting = loads.values.flatMap(\.waiters)
        loads = [:]
        for group in groups.values { retire(group) }
        groups = [:]
        for waiter in waiting { waiter(.failure(.stopping)) }
    }
}
