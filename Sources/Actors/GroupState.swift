internal import Model

/// The members of a group and what of them has changed since the observers were told. A member keeps its slot while it
/// belongs to the group.
struct GroupState {
    let id: GroupID
    private var slots: [Member?]
    /// Whose position has changed.
    private(set) var moved = MemberSet()
    /// Whose presence may have changed.
    private(set) var stirred = MemberSet()
    /// Another one after whatever may change what a snapshot says.
    private(set) var revision: UInt64 = 0

    init(id: GroupID, devices: [DeviceState]) {
        self.id = id
        slots = devices.map { Member(device: $0.device, fix: $0.lastFix) }
    }

    var count: Int { slots.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

    var devices: [DeviceID] { slots.compactMap { $0?.device.id } }

    var actors: [DeviceActor] { slots.compactMap { $0?.actor } }

    var isSettled: Bool { moved.isEmpty && stirred.isEmpty }

    /// Where a member is; nothing for a device that is none.
    func slot(of device: DeviceID) -> Int? {
        for index in slots.indices where slots[index]?.device.id == device { return index }
        return nil
    }

    func device(_ id: DeviceID) -> Device? { slot(of: id).flatMap { slots[$0]?.device } }

    func actor(at slot: Int) -> DeviceActor? { slots[slot]?.actor }

    mutating func setActor(_ actor: DeviceActor?, at slot: Int) { slots[slot]?.actor = actor }

    func presence(at slot: Int) -> (device: DeviceID, shown: Presence)? {
        guard let device = slots[slot]?.device.id, let presence = slots[slot]?.presence else { return nil }
        return (device, presence.shown)
    }

    func hides(_ device: DeviceID) -> Bool {
        slot(of: device).flatMap { slots[$0]?.presence.isInvisible } ?? false
    }

    // MARK: Changes

    /// What became of a fix.
    enum Taking {
        /// There is a newer one, or none to belong to.
        case late
        case live
        /// It is live in place of one that no observer was told of.
        case conflated
    }

    /// Makes `fix` the live position if it is newer than the one there is.
    mutating func take(_ fix: Fix, at slot: Int, seenAt moment: Timestamp) -> Taking {
        revision &+= 1
        guard slots[slot]?.take(fix, seenAt: moment) ?? false else { return .late }
        guard !moved.contains(slot) else { return .conflated }
        moved.insert(slot)
        return .live
    }

    /// Lets `change` act on a member's presence, and notes whether the observers must hear.
    mutating func stir(
        at slot: Int, _ change: (inout PresenceMachine) -> PresenceMachine.Action
    ) -> PresenceMachine.Action {
        guard var presence = slots[slot]?.presence else { return .nothing }
        revision &+= 1
        let action = change(&presence)
        slots[slot]?.presence = presence
        if action == .tell { stirred.insert(slot) }
        return action
    }

    /// - Returns: Whether the others may know of it.
    mutating func seen(at slot: Int, _ moment: Timestamp) -> Bool {
        revision &+= 1
        return slots[slot]?.presence.seen(at: moment) ?? false
    }

    /// Brings in what a registration committed; one older than what is known changes nothing.
    mutating func register(_ device: Device, lastFix: Fix?) -> MembershipChange? {
        revision &+= 1
        guard let slot = slot(of: device.id) else {
            let slot = slots.firstIndex { $0 == nil } ?? slots.endIndex
            let member = Member(device: device, fix: lastFix)
            if slot == slots.endIndex { slots.append(member) } else { slots[slot] = member }
            if lastFix != nil { moved.insert(slot) }
            return .joined(member.live(number: slot))
        }
        guard var member = slots[slot], member.device.updatedAt <= device.updatedAt else { return nil }
        let isVisible = member.device.displayName != device.displayName || member.device.platform != device.platform
        member.device = device
        member.presence.seen(at: device.lastSeenAt)
        if let lastFix, member.fix.map({ $0.capturedAt < lastFix.capturedAt }) ?? true {
            member.fix = lastFix
            moved.insert(slot)
        }
        slots[slot] = member
        return isVisible ? .updated(member.live(number: slot)) : nil
    }

    /// Takes a member out; one registered again after `moment` stays.
    mutating func remove(_ device: DeviceID, at moment: Timestamp) -> Member? {
        guard let slot = slot(of: device), let member = slots[slot], member.device.updatedAt <= moment else {
            return nil
        }
        revision &+= 1
        slots[slot] = nil
        moved.remove(slot)
        stirred.remove(slot)
        return member
    }

    // MARK: What observers are told

    /// Whether the position of another than the member at `slot` is to be told.
    func hasMoved(otherThan slot: Int) -> Bool {
        var others = moved
        others.remove(slot)
        return !others.isEmpty
    }

    /// The members that moved; from now on they have been told.
    mutating func takeMoved() -> MemberSet {
        defer { moved.removeAll() }
        return moved
    }

    /// The members whose presence is another than was told; from now on it has been told.
    mutating func takeStirred() -> MemberSet {
        var changed = MemberSet()
        while let slot = stirred.popFirst() {
            guard let shown = slots[slot]?.presence.shown else { continue }
            if slots[slot]?.toldStatus == shown.status, slots[slot]?.toldNote == shown.note { continue }
            slots[slot]?.toldStatus = shown.status
            slots[slot]?.toldNote = shown.note
            changed.insert(slot)
        }
        return changed
    }

    func positions(of set: MemberSet) -> [LivePosition] {
        var positions: [LivePosition] = []
        append(positionsOf: set, to: &positions)
        return positions
    }

    func append(positionsOf set: MemberSet, to positions: inout [LivePosition]) {
        for slot in set {
            // Not by way of the member, which is large to copy.
            if let device = slots[slot]?.device.id, let fix = slots[slot]?.fix {
                positions.append(LivePosition(number: slot, device: device, fix: fix))
            }
        }
    }

    var snapshot: GroupSnapshot {
        GroupSnapshot(group: id, members: slots.indices.compactMap { slots[$0]?.live(number: $0) })
    }
}
