import Actors
import HubTesting
import Model
import Testing

struct MembershipTests {
    private let world: LiveWorld
    private let group: GroupActor
    private let watcher: Watcher

    init() throws {
        world = try LiveWorld(limits: LiveLimits(tick: .zero))
        for number in 1...3 { try world.register(number, named: "Name \(4 - number)") }
        group = try world.load()
        watcher = try world.watch()
    }

    private var listing: [String] {
        world.scheduler.turn { group.assumeIsolated { $0.listing() } }.map(\.device.displayName)
    }

    @Test func `the listing is sorted by display name`() throws {
        #expect(listing == ["Name 1", "Name 2", "Name 3"])
        try world.join(4, named: "Name 1a")
        #expect(listing == ["Name 1", "Name 1a", "Name 2", "Name 3"])
    }

    @Test func `a device that joins is told, with the position it brings`() throws {
        let other = try #require(GroupID("elsewhere"))
        try world.register(7, in: other)
        world.store.insert([LiveWorld.fix(3)], of: LiveWorld.deviceID(7))
        try world.join(7, named: "Mover")
        #expect(watcher.members[LiveWorld.deviceID(7)]?.fix == LiveWorld.fix(3))
        #expect(watcher.members == world.snapshot(of: group))
        #expect(watcher.received.count == 2)
    }

    @Test func `a registration that changes nothing to be seen is told to nobody`() throws {
        try world.join(1, named: "Name 3")
        #expect(watcher.received.isEmpty)
        try world.join(1, named: "Other")
        #expect(watcher.received.count == 1)
        #expect(watcher.members[LiveWorld.deviceID(1)]?.device.displayName == "Other")
    }

    @Test func `a registration that arrives after a later one is ignored`() throws {
        let earlier = try world.register(1, named: "Earlier")
        world.scheduler.advance(by: .milliseconds(1))
        let later = try world.register(1, named: "Later")
        world.tell(later)
        world.tell(earlier)
        #expect(watcher.members[LiveWorld.deviceID(1)]?.device.displayName == "Later")
    }

    @Test func `a deactivated device leaves, and its sessions are told`() throws {
        let device = try world.device(1)
        let session = Session()
        world.scheduler.turn { _ = device.assumeIsolated { $0.connect(session) } }
        try world.deactivate(1)
        #expect(session.words == [.deactivated])
        #expect(listing == ["Name 1", "Name 2"])
        #expect(watcher.members[LiveWorld.deviceID(1)] == nil)
        let outcome = world.scheduler.turn { device.reportNow(LiveWorld.fix(1), at: world.clock.now) }
        #expect(outcome == .failure(.gone))
        #expect(world.journal.pending.isEmpty)
        #expect(world.counters.sessions == 0)
        #expect(world.counters.devices == 2)
        #expect(world.scheduler.turn { device.assumeIsolated { $0.connect(session) } } == false)
    }

    @Test func `a deactivation that arrives after a later registration is ignored`() throws {
        let before = try #require(world.snapshot(of: group)[LiveWorld.deviceID(1)]).device
        world.scheduler.advance(by: .milliseconds(1))
        let moment = world.clock.now
        try world.join(1, named: "Back")
        world.tellDeactivated(before, at: moment)
        #expect(listing.contains("Back"))
    }

    @Test func `a device that moves leaves one group and joins the other`() throws {
        let other = try #require(GroupID("cyclists"))
        let otherWatcher = try world.watch(other)
        let device = try world.device(2)
        let session = Session()
        world.scheduler.turn { _ = device.assumeIsolated { $0.connect(session) } }
        world.scheduler.turn { device.reportNow(LiveWorld.fix(5), at: world.clock.now) }
        world.journal.commit()
        try world.join(2, in: other)
        #expect(session.words == [.moved(other)])
        #expect(watcher.members[LiveWorld.deviceID(2)] == nil)
        #expect(otherWatcher.members[LiveWorld.deviceID(2)]?.fix == LiveWorld.fix(5))
        let moved = try world.device(2)
        #expect(moved !== device)
        world.scheduler.turn { moved.reportNow(LiveWorld.fix(6), at: world.clock.now) }
        #expect(otherWatcher.members[LiveWorld.deviceID(2)]?.fix == LiveWorld.fix(6))
        // And back again.
        try world.join(2)
        #expect(watcher.members[LiveWorld.deviceID(2)] != nil)
        #expect(otherWatcher.members.isEmpty)
    }

    @Test func `a device that leaves while its grace runs is not heard of again`() throws {
        let device = try world.device(1)
        let session = Session()
        world.scheduler.turn { _ = device.assumeIsolated { $0.connect(session) } }
        world.scheduler.turn { device.assumeIsolated { $0.disconnect(session) } }
        try world.deactivate(1)
        try world.join(9)
        _ = watcher.takeReceived()
        world.scheduler.advance(by: .seconds(60))
        #expect(watcher.received.isEmpty)
        #expect(session.words.isEmpty)
        // Nor does the group wait for it.
        let watcher = watcher
        world.scheduler.turn { group.assumeIsolated { $0.unobserve(watcher) } }
        world.scheduler.advance(by: .seconds(600))
        #expect(world.loadedGroup() == nil)
    }

    @Test func `who takes the place of one that left inherits nothing`() throws {
        watcher.answer = { _ in .dropped }
        let leaving = try world.device(1)
        world.scheduler.turn { leaving.reportNow(LiveWorld.fix(5), at: world.clock.now) }
        try world.deactivate(1)
        try world.join(9)
        watcher.answer = { _ in .accepted }
        world.drained(watcher, in: group)
        #expect(watcher.members == world.snapshot(of: group))
        #expect(watcher.members[LiveWorld.deviceID(9)]?.fix == nil)
    }

    @Test func `a group of twenty is full, and has room again when one leaves`() throws {
        for number in 4...20 { try world.join(number) }
        #expect(throws: DeviceStoreError.groupFull(limit: 20)) { try world.join(21) }
        try world.join(20, named: "Renamed")
        #expect(listing.count == 20)
        try world.deactivate(5)
        try world.join(21)
        #expect(listing.count == 20)
        let devices = try ([1, 2, 3, 4] + Array(6...21)).map { try world.device($0) }
        world.scheduler.turn {
            for device in devices { device.reportNow(LiveWorld.fix(1), at: world.clock.now) }
        }
        guard case .positions(let positions) = watcher.received.last else {
            Issue.record("all positions in one frame")
            return
        }
        #expect(positions.count == 20)
    }
}
