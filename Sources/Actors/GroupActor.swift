package import Model
internal import Telemetry

/// The live state of one group: its members, and those who watch them move.
///
/// Made by the ``LiveDirectory`` of the loop it lives on, from what the store knows, and given up by it when nobody uses
/// it. Whoever keeps one across an `await` looks it up again: one that left memory refuses observers and reports.
package actor GroupActor: LiveActor {
    nonisolated package let id: GroupID
    nonisolated var scheduler: any LiveScheduler { services.scheduler }
    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe services.executor }

    let services: LiveServices
    var state: GroupState
    let audience = Audience()
    /// Those who watch deflated; nothing while nobody does.
    var deflated: Audience?
    /// Those who watch packed; nothing while nobody does.
    var packed: PackedAudience?
    /// Whether ``endTurn()`` will be called in this turn.
    private var isInTurn = false
    /// When ``tick()`` will be called; nothing while nobody waits for a position.
    private var nextTick: LiveInstant?
    /// What waits for that.
    private var riders: [any FrameRider] = []
    /// When those who watch were last told positions.
    private var toldAt: LiveInstant?
    /// When the oldest position came in that is still to be told, for measuring; 0 if none is.
    private var movedSince: UInt64 = 0
    /// Sessions of all members together.
    private var sessions = 0
    /// Members whose grace is being waited for.
    private var lapses = 0
    private var lastUsedAt: LiveInstant
    private(set) var isRetired = false
    private var keptListing: KeptListing?

    /// A listing as it was encoded, good until the group changes.
    private struct KeptListing {
        var bytes: [UInt8]
        var revision: UInt64
        /// In the loop's ``ListingCache``.
        let place: Int
    }

    init(_ id: GroupID, devices: [DeviceState], services: LiveServices) {
        self.id = id
        self.services = services
        state = GroupState(id: id, devices: devices)
        lastUsedAt = services.scheduler.now
    }

    // MARK: What is known

    /// The group as it is now, changes not sent yet included.
    package func snapshot() -> GroupSnapshot { state.snapshot }

    /// Whether a member has declared itself invisible, which the others do not see.
    package func hides(_ device: DeviceID) -> Bool { state.hides(device) }

    /// The members by display name, and by identifier where names are equal (stories 2.5 and 3.5).
    package func listing() -> [LiveMember] {
        state.snapshot.members.sorted {
            ($0.device.displayName, $0.device.id) < ($1.device.displayName, $1.device.id)
        }
    }

    /// The listing as `encode` writes it, without calling that while the group has not changed since.
    ///
    /// - Parameter encode: The same whenever it is called for this group.
    package func listing(encodedBy encode: ([LiveMember]) -> [UInt8]) -> [UInt8] {
        if let keptListing, keptListing.revision == state.revision { return keptListing.bytes }
        let bytes = encode(listing())
        guard !isRetired else { return bytes }
        let place = keptListing?.place ?? services.listings.add(self)
        keptListing = KeptListing(bytes: bytes, revision: state.revision, place: place)
        return bytes
    }

    /// Others were asked for since.
    func forgetListing() { keptListing = nil }

    /// The actor of a member; nothing for a device that is none.
    package func device(_ id: DeviceID) -> DeviceActor? {
        guard !isRetired, let slot = state.slot(of: id) else { return nil }
        if let actor = state.actor(at: slot) { return actor }
        let actor = DeviceActor(id, in: self, slot: slot, services: services)
        state.setActor(actor, at: slot)
        return actor
    }

    // MARK: What devices report

    /// Makes `fix` the live position of the member at `slot` if it is newer than the one there is.
    func take(_ fix: Fix, at slot: Int, seenAt moment: Timestamp) -> Bool {
        // Asked of the state in one go: to look into it first would copy it.
        switch state.take(fix, at: slot, seenAt: moment) {
        case .late:
            services.meters.lateReports.add(1)
            return false
        case .live: break
        case .conflated: services.meters.conflated.add(1)
        }
        services.meters.liveReports.add(1)
        if movedSince == 0 { movedSince = services.scheduler.moment }
        if nextTick == nil { awaitEndOfTurn() }
        return true
    }

    func seen(at slot: Int, _ moment: Timestamp) -> Bool { state.seen(at: slot, moment) }

    func sessionOpened(at slot: Int, _ moment: Timestamp) {
        sessions += 1
        services.meters.sessions.add(1)
        stir(at: slot) { $0.connect(at: moment) }
    }

    /// - Parameter isLast: Whether the device has no session left.
    /// - Returns: When to call ``lapse(at:)``, if at all.
    func sessionClosed(at slot: Int, _ moment: Timestamp, isLast: Bool) -> LiveInstant? {
        forgetSessions(1)
        guard isLast else { return nil }
        let now = services.scheduler.now
        let end = LiveInstant(milliseconds: now.milliseconds + services.limits.offlineGrace.milliseconds)
        return stir(at: slot) { $0.disconnect(at: moment, graceUntil: end, now: now) }
    }

    func declare(_ status: PresenceStatus, note: String?, at slot: Int, _ moment: Timestamp) {
        stir(at: slot) { $0.declare(status, note: note, at: moment) }
    }

    /// - Returns: When to call again, if at all.
    func lapse(at slot: Int) -> LiveInstant? {
        let now = services.scheduler.now
        return stir(at: slot) { $0.lapse(now: now) }
    }

    /// A device waits, or no longer does, for its grace to be over.
    func countLapse(_ change: Int) { lapses += change }

    private func forgetSessions(_ count: Int) {
        sessions -= count
        services.meters.sessions.add(-count)
        markUsed()
    }

    @discardableResult
    private func stir(at slot: Int, _ change: (inout PresenceMachine) -> PresenceMachine.Action) -> LiveInstant? {
        switch state.stir(at: slot, change) {
        case .nothing: return nil
        case .callBack(let moment): return moment
        case .tell:
            awaitEndOfTurn()
            return nil
        }
    }

    // MARK: When observers are told

    private func awaitEndOfTurn() {
        guard !isInTurn else { return }
        isInTurn = true
        services.ticker.atEndOfTurn(self)
    }

    /// Tells the observers what this turn changed: positions at once after a quiet spell, and a tick later otherwise.
    func endTurn() {
        isInTurn = false
        guard !isRetired else { return }
        tellPresences()
        guard nextTick == nil, !state.moved.isEmpty else { return }
        guard observerCount > 0, let toldAt, let moment = services.ticker.tick(after: toldAt) else {
            return measurePositions()
        }
        nextTick = moment
        services.ticker.at(moment, self)
    }

    /// Tells the observers what moved since the last frame.
    func tick() {
        guard nextTick != nil, !isRetired else { return }
        nextTick = nil
        if !state.moved.isEmpty { measurePositions() }
        releaseRiders()
    }

    /// Has `rider` told when the frame has gone that is due next, if one is by `moment` and others than itself have moved: what
    /// it then writes to its socket leaves with the frame.
    ///
    /// - Parameter slot: The rider's own; it is not sent a frame that tells of it alone.
    /// - Returns: Whether it will be told, which is in this group's next tick, in any case and once.
    func ride(_ rider: any FrameRider, at slot: Int, by moment: LiveInstant) -> Bool {
        guard let nextTick, nextTick <= moment, !isRetired, state.hasMoved(otherThan: slot) else { return false }
        riders.append(rider)
        return true
    }

    private func releaseRiders() {
        guard !riders.isEmpty else { return }
        var going: [any FrameRider] = []
        swap(&going, &riders)
        for rider in going { rider.frameHasGone() }
        guard riders.isEmpty else { return }
        going.removeAll(keepingCapacity: true)
        swap(&going, &riders)
    }

    /// Tells the positions, and measures how long the oldest has waited if anybody is sent them.
    private func measurePositions() {
        let deliveries = services.meters.deliveries.value
        tellPositions()
        if movedSince != 0, services.meters.deliveries.value != deliveries {
            services.scheduler.whenFlushed(since: movedSince)
        }
        movedSince = 0
        toldAt = services.scheduler.now
    }

    // MARK: Membership

    /// Brings in what a registration committed.
    func register(_ device: Device, lastFix: Fix?) {
        markUsed()
        // Erased and made anew, of which the second is heard first: nothing of the old one may stay.
        if let known = state.device(device.id), known.createdAt < device.createdAt {
            _ = erase(device.id, createdBy: known.createdAt)
        }
        guard let change = state.register(device, lastFix: lastFix) else {
            if !state.moved.isEmpty, nextTick == nil { awaitEndOfTurn() }
            return
        }
        if case .joined = change { services.meters.devices.add(1) }
        tellMembership(change, of: state.slot(of: device.id))
        if !state.moved.isEmpty, nextTick == nil { awaitEndOfTurn() }
    }

    /// Takes a member out and tells its sessions; one registered again after `moment` stays.
    ///
    /// - Returns: Whether it was a member and no longer is.
    func remove(_ device: DeviceID, _ departure: Departure, at moment: Timestamp) -> Bool {
        let slot = state.slot(of: device)
        guard let member = state.remove(device, at: moment) else { return false }
        services.meters.devices.add(-1)
        tellMembership(.left(member.device), of: slot)
        guard let actor = member.actor else { return true }
        let left = actor.assumeIsolated { $0.detach(departure) }
        forgetSessions(left.sessions)
        lapses -= left.lapses
        return true
    }

    /// Takes a member out that was erased; one of the same id that was first registered after it stays.
    ///
    /// - Parameter moment: When the erased one was first registered, or later.
    /// - Returns: Whether it was a member and no longer is.
    func erase(_ device: DeviceID, createdBy moment: Timestamp) -> Bool {
        guard let known = state.device(device), known.createdAt <= moment else { return false }
        return remove(device, .erased, at: known.updatedAt)
    }

    // MARK: Entering and leaving memory

    /// The group is in the directory from now on.
    ///
    /// - Returns: Its members.
    func enter() -> [DeviceID] {
        let devices = state.devices
        services.meters.devices.add(devices.count)
        return devices
    }

    /// Somebody looked the group up.
    func markUsed() { lastUsedAt = services.scheduler.now }

    /// Whether nobody has used the group since `moment` and nothing of it is still to be told.
    func isIdle(since moment: LiveInstant) -> Bool {
        sessions == 0 && lapses == 0 && observerCount == 0 && nextTick == nil && !isInTurn
            && state.isSettled && lastUsedAt <= moment
    }

    /// Lets go of the devices; the group is of no use from now on.
    ///
    /// - Returns: Those that were members.
    func retire() -> [DeviceID] {
        isRetired = true
        releaseRiders()
        for actor in state.actors { _ = actor.assumeIsolated { $0.detach(nil) } }
        let devices = state.devices
        services.meters.devices.add(-devices.count)
        services.meters.sessions.add(-sessions)
        services.meters.observers.add(-observerCount)
        state = GroupState(id: id, devices: [])
        audience.removeAll()
        deflated?.removeAll()
        deflated = nil
        packed?.audience.removeAll()
        packed = nil
        if let keptListing { services.listings.remove(at: keptListing.place) }
        keptListing = nil
        return devices
    }
}
