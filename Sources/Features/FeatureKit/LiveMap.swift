package import Actors
package import EventLoop
package import Model

/// Where live state is: every group lives on one loop, chosen by its name, and its devices with it. Any thread.
package final class LiveMap: Sendable {
    package let loops: LoopGroup
    /// One a loop, in the order of the loops.
    private let directories: [LiveDirectory]
    private let devices: any DeviceStore

    package init(loops: LoopGroup, directories: [LiveDirectory], devices: any DeviceStore) {
        precondition(loops.loops.count == directories.count, "every loop has its directory")
        self.loops = loops
        self.directories = directories
        self.devices = devices
    }

    /// The loop on which everything of `group` lives.
    package func loop(of group: GroupID) -> Loop { loops.loop(forKey: group.rawValue) }

    /// The directory of a loop of this hub.
    package func directory(on loop: Loop) -> LiveDirectory { directories[loop.index] }

    /// Runs `work` with the directory of the group's loop, on that loop: at once if the caller is there.
    package func enter(
        _ group: GroupID, _ work: @escaping @Sendable (isolated LiveDirectory) -> Void
    ) {
        enter(loop(of: group), work)
    }

    private func enter(_ loop: Loop, _ work: @escaping @Sendable (isolated LiveDirectory) -> Void) {
        let directory = directory(on: loop)
        if loop.isCurrent {
            directory.assumeIsolated(work)
        } else {
            loop.execute { directory.assumeIsolated(work) }
        }
    }

    // MARK: Changes of the store

    /// Brings a committed registration into what is live.
    package func registered(_ outcome: RegistrationOutcome) {
        let target = loop(of: outcome.device.group)
        enter(target) { $0.registered(outcome) }
        guard let previous = outcome.previousGroup, previous != outcome.device.group else { return }
        let source = loop(of: previous)
        if source !== target { enter(source) { $0.registered(outcome) } }
    }

    /// Brings a committed deactivation into what is live.
    package func deactivated(_ device: Device, at moment: Timestamp) {
        enter(device.group) { $0.deactivated(device, at: moment) }
    }

    /// Brings a committed erasure into what is live: the others see the device leave, and its sessions end.
    ///
    /// - Parameter moment: When it was first registered, or later; one registered under its id since stays.
    package func erased(_ device: DeviceID, createdBy moment: Timestamp) {
        for loop in loops.loops { enter(loop) { $0.erased(device, createdBy: moment) } }
    }

    /// Brings a device that was made active again into what is live.
    package func reactivated(_ state: DeviceState) {
        registered(RegistrationOutcome(device: state.device, previousGroup: nil, lastFix: state.lastFix))
    }

    // MARK: Finding a device

    /// The loop of an active device, with its group in memory there; `nil` if there is no such device.
    ///
    /// Asks the loops first, so that devices in memory are found while the database is away.
    package func home(of device: DeviceID) async throws(HomeError) -> Home? {
        for loop in loops.loops {
            let directory = directory(on: loop)
            if let group = await directory.group(of: device) { return Home(loop: loop, group: group) }
        }
        let known: Device?
        do throws(DeviceStoreError) {
            known = try await devices.device(device)
        } catch {
            throw .store(error)
        }
        guard let known, known.isActive else { return nil }
        let loop = loop(of: known.group)
        do throws(LiveUnavailable) {
            _ = try await directory(on: loop).group(known.group)
        } catch {
            throw .live(error)
        }
        return Home(loop: loop, group: known.group)
    }

    /// An active device as it is now; nothing if there is none.
    package func sight(of device: DeviceID) async throws(HomeError) -> Sight? {
        guard let home = try await home(of: device) else { return nil }
        return await directory(on: home.loop).sight(of: device)
    }

    /// One device at one moment.
    package struct Sight: Hashable, Sendable {
        package let group: GroupID
        /// As its group sees it.
        package let member: LiveMember
        /// Whether it has declared itself invisible.
        package let isInvisible: Bool
    }

    /// The other members of an active device's group as they are now; none for a device that is not in memory.
    package func neighbours(of device: DeviceID) async -> [LiveMember] {
        for loop in loops.loops {
            if let members = await directory(on: loop).members(around: device) {
                return members.filter { $0.device.id != device }
            }
        }
        return []
    }

    /// Where a device lives.
    package struct Home: Sendable {
        package let loop: Loop
        package let group: GroupID
    }

    /// Why it cannot be said where a device lives; passes by itself.
    package enum HomeError: Error, Sendable {
        case store(DeviceStoreError)
        case live(LiveUnavailable)
    }
}

extension LiveDirectory {
    /// The group of an active device in memory.
    fileprivate func group(of device: DeviceID) -> GroupID? {
        guard let actor = loadedDevice(device) else { return nil }
        return actor.assumeIsolated { $0.groupID }
    }

    fileprivate func sight(of id: DeviceID) -> LiveMap.Sight? {
        guard let group = group(of: id), let actor = loadedGroup(group) else { return nil }
        return actor.assumeIsolated { actor in
            guard let member = actor.snapshot().members.first(where: { $0.device.id == id }) else { return nil }
            return LiveMap.Sight(group: group, member: member, isInvisible: actor.hides(id))
        }
    }

    /// Everybody in the group of an active device in memory.
    fileprivate func members(around id: DeviceID) -> [LiveMember]? {
        guard let group = group(of: id), let actor = loadedGroup(group) else { return nil }
        return actor.assumeIsolated { $0.snapshot().members }
    }
}
