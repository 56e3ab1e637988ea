import Actors
import HubTesting
import Model
import Testing
import Wire

/// Those who watch packed: what they share with the others, and what only they need.
struct PackedTests {
    private let world: LiveWorld
    private let group: GroupActor

    init() throws {
        world = try LiveWorld(limits: LiveLimits(tick: .zero, offlineGrace: .zero))
        for number in 1...3 { try world.register(number) }
        group = try world.load()
    }

    private func report(_ number: Int, _ second: Int, latitude: Double = 48.2) throws {
        let device = try world.device(number)
        world.scheduler.turn {
            device.reportNow(LiveWorld.fix(second, latitude: latitude), at: world.clock.now)
        }
    }

    @Test func `a frame is encoded in the dialects that somebody reads, and in no other`() throws {
        try report(1, 1)
        #expect(world.log.contents.isEmpty && world.log.packed == nil)
        let packed = try world.watchPacked()
        try report(1, 2)
        #expect(world.log.contents.isEmpty)
        #expect(world.log.packed?.frames == 1)
        let plain = try world.watch()
        try report(1, 3)
        #expect(plain.received.count == 1 && packed.received.count == 2)
        #expect(world.log.contents.count == 1)
        world.scheduler.turn { group.assumeIsolated { $0.unobserve(packed) } }
        try report(1, 4)
        #expect(world.log.packed?.frames == 2)
        #expect(packed.received.count == 2)
    }

    @Test func `all who watch packed get the same bytes, whenever they came`() throws {
        let early = try world.watchPacked()
        for second in 1...5 { try report(1, second) }
        let late = try world.watchPacked()
        _ = early.takeReceived()
        for second in 6...9 { try report(1, second, latitude: 48.2 + Double(second) * 1e-5) }
        #expect(early.received == late.received && late.received.count == 4)
        #expect(world.log.packed?.frames == 9)
        #expect(early.shown == late.shown)
    }

    @Test func `a snapshot in the middle of a tick is built upon like any other`() throws {
        let world = try LiveWorld(limits: LiveLimits(tick: .milliseconds(100)))
        try world.register(1)
        let group = try world.load()
        let device = try world.device(1)
        let early = try world.watchPacked()
        for second in 1...3 {
            world.scheduler.turn { device.reportNow(LiveWorld.fix(second), at: world.clock.now) }
        }
        // The first went at once, the others wait for the tick.
        let late = try world.watchPacked()
        #expect(late.shown[LiveWorld.deviceID(1)]?.fix == LiveWorld.fix(3))
        world.scheduler.advance(by: .milliseconds(200))
        #expect(early.shown == late.shown)
        world.scheduler.turn { device.reportNow(LiveWorld.fix(4), at: world.clock.now) }
        world.scheduler.advance(by: .milliseconds(200))
        #expect(early.shown == world.snapshot(of: group).mapValues { ShownMember($0) })
        #expect(early.shown == late.shown)
    }

    @Test func `a device that watches is spared its own positions, but for what others build on`() throws {
        let device = try world.device(1)
        let session = PackedSession()
        world.scheduler.turn {
            _ = device.assumeIsolated { $0.connect(session) }
            let first = group.assumeIsolated { group in
                Result { () throws(LiveUnavailable) in
                    group.frame(of: try group.observe(session), re: nil, in: .packed)
                }
            }
            if case .success(let frame) = first { session.watcher.take(frame) }
        }
        _ = session.watcher.takeReceived()
        // The first sets an anchor, the second counts from it.
        try report(1, 1)
        #expect(session.watcher.takeReceived().count == 1)
        try report(1, 2)
        #expect(session.watcher.takeReceived().isEmpty)
        let reports = [try world.device(1), try world.device(2)]
        world.scheduler.turn {
            for device in reports { device.reportNow(LiveWorld.fix(3), at: world.clock.now) }
        }
        #expect(session.watcher.received.count == 1)
        #expect(session.watcher.shown[LiveWorld.deviceID(1)]?.fix == LiveWorld.fix(3))
    }

    @Test func `a number given to another member brings nothing of the one that left`() throws {
        let watcher = try world.watchPacked()
        try report(1, 1)
        try world.deactivate(1)
        try world.join(8)
        try report(8, 2, latitude: 48.3)
        #expect(watcher.shown == world.snapshot(of: group).mapValues { ShownMember($0) })
    }
}

/// The session of a device that watches its own group packed.
private final class PackedSession: DeviceSession, GroupObserver, @unchecked Sendable {
    let watcher = PackedWatcher()
    let dialect = Dialect.packed

    func deliver(_ frame: [UInt8], of group: GroupID) -> Admission { watcher.deliver(frame, of: group) }
    func deviceMoved(to group: GroupID) {}
    func deviceDeactivated() {}
    func deviceErased() {}
    func deviceSuperseded() {}
}
