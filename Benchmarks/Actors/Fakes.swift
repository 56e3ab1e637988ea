import Actors
import Glibc
import Model

/// Every group has 20 devices that have never been anywhere.
struct FullGroups: DeviceStore {
    let members: Int

    static func device(_ number: Int, in group: GroupID) -> Device {
        let now = Timestamp(milliseconds: 1_767_225_600_000)
        return Device(
            id: DeviceID(UniqueID(high: UInt64(bitPattern: Int64(group.rawValue.hashValue)), low: UInt64(number))),
            displayName: "Device \(number)", group: group, platform: "android", isActive: true, createdAt: now,
            updatedAt: now, lastSeenAt: now)
    }

    func register(
        _ registration: DeviceRegistration, limit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> RegistrationOutcome { throw .unavailable }

    func deactivate(_ id: DeviceID, at now: Timestamp) async throws(DeviceStoreError) -> Device? { nil }

    func device(_ id: DeviceID) async throws(DeviceStoreError) -> Device? { nil }

    func activeDevices(in group: GroupID) async throws(DeviceStoreError) -> [DeviceState] {
        (0..<members).map { DeviceState(device: FullGroups.device($0, in: group)) }
    }
}

/// Takes everything and keeps nothing.
final class BottomlessJournal: FixJournal, @unchecked Sendable {
    private(set) var taken = 0
    private(set) var touches = 0

    func append(_ fixes: [Fix], of device: DeviceID, receivedAt: Timestamp, receipt: FixReceipt?) -> Admission {
        taken += fixes.count
        return .accepted
    }

    func append(_ fix: Fix, of device: DeviceID, receivedAt: Timestamp, receipt: FixReceipt?) -> Admission {
        taken += 1
        return .accepted
    }

    func touch(_ device: DeviceID, at moment: Timestamp) { touches += 1 }
}

/// The same 150 bytes for everything.
final class ConstantEncoder: GroupEncoder {
    private let frame = [UInt8](repeating: 32, count: 150)

    func positions(_ positions: [LivePosition], in group: GroupID) -> [UInt8] { frame }
    func presence(_ presence: Presence, of device: DeviceID, in group: GroupID) -> [UInt8] { frame }
    func member(_ change: MembershipChange, in group: GroupID) -> [UInt8] { frame }
    func snapshot(_ snapshot: GroupSnapshot, re: Int64?) -> [UInt8] { frame }
    func deflated(_ frame: [UInt8]) -> [UInt8] { frame }
    func packed(_ group: GroupID) -> any PackedEncoder { preconditionFailure("nobody watches packed") }
}

/// Queues a frame as a socket does: keeps a reference until the turn ends.
final class QueueingObserver: GroupObserver, @unchecked Sendable {
    private let turn: ObserverTurn
    private var queue: [[UInt8]] = []

    init(_ turn: ObserverTurn) { self.turn = turn }

    func deliver(_ frame: [UInt8], of group: GroupID) -> Admission {
        if queue.isEmpty { turn.written.append(self) }
        queue.append(frame)
        return .accepted
    }

    /// - Returns: How many frames were queued.
    func flush() -> Int {
        defer { queue.removeAll(keepingCapacity: true) }
        return queue.count
    }
}

/// The observers that were written to in this turn.
final class ObserverTurn: @unchecked Sendable {
    var written: [QueueingObserver] = []
    private(set) var delivered = 0

    func end() {
        for index in written.indices { delivered += written[index].flush() }
        written.removeAll(keepingCapacity: true)
    }
}

final class FakeSession: DeviceSession {
    func deviceMoved(to group: GroupID) {}
    func deviceDeactivated() {}
    func deviceErased() {}
    func deviceSuperseded() {}
}

struct WallClock: LiveClock {
    var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
