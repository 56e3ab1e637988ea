import Actors
import HubTesting
import Model
import Testing

/// Those who watch deflated: the frames are those of JSON, compressed once for all of them.
struct DeflatedTests {
    private let world: LiveWorld
    private let group: GroupActor

    init() throws {
        world = try LiveWorld(limits: LiveLimits(tick: .zero, offlineGrace: .zero))
        for number in 1...3 { try world.register(number) }
        group = try world.load()
    }

    private func report(_ number: Int, _ second: Int) throws {
        let device = try world.device(number)
        world.scheduler.turn { device.reportNow(LiveWorld.fix(second), at: world.clock.now) }
    }

    private func unobserve(_ watcher: Watcher) {
        world.scheduler.turn { group.assumeIsolated { $0.unobserve(watcher) } }
    }

    @Test func `a frame is encoded once and compressed once, however many watch`() throws {
        let plain = try [world.watch(), world.watch()]
        let deflated = try (1...5).map { _ in try world.watch(in: .deflated) }
        for second in 1...4 { try report(1, second) }
        try world.join(4, named: "Dee")
        #expect(world.log.contents.count == 5)
        #expect(world.log.deflatedCount == 5)
        #expect((plain + deflated).allSatisfy { $0.received.count == 5 && $0.received == plain[0].received })
        #expect(world.counters.frames == 10)
        #expect(world.counters.deliveries == 35)
    }

    @Test func `nothing is compressed unless somebody reads it`() throws {
        let plain = try world.watch()
        try report(1, 1)
        #expect(world.log.deflatedCount == 0)
        let deflated = try world.watch(in: .deflated)
        deflated.reply(.congested)
        try report(1, 2)
        #expect(world.log.deflatedCount == 1)
        // It has had enough: neither encoded nor compressed for it.
        unobserve(plain)
        let encoded = world.log.contents.count
        try report(1, 3)
        #expect(world.log.deflatedCount == 1 && world.log.contents.count == encoded)
        unobserve(deflated)
        #expect(world.counters.observers == 0)
    }

    @Test func `one that has caught up is told the newest of what it missed, compressed`() throws {
        let watcher = try world.watch(in: .deflated)
        watcher.reply(.dropped)
        try report(1, 1)
        try report(2, 1)
        try report(1, 2)
        let device = try world.device(3)
        world.scheduler.turn { device.assumeIsolated { $0.declare(.busy, note: "n") } }
        #expect(watcher.received.isEmpty)
        watcher.reply(.accepted)
        world.drained(watcher, in: group)
        #expect(watcher.received.count <= 2)
        #expect(watcher.shown == world.snapshot(of: group).mapValues { ShownMember($0) })
        watcher.reply(.dropped)
        try report(1, 3)
        try world.join(5)
        watcher.reply(.accepted)
        world.drained(watcher, in: group)
        #expect(watcher.shown == world.snapshot(of: group).mapValues { ShownMember($0) })
    }

    @Test func `a group that only deflated watchers watch has ticks and stays in memory`() throws {
        let world = try LiveWorld(limits: LiveLimits(tick: .milliseconds(100)))
        try world.register(1)
        _ = try world.load()
        let device = try world.device(1)
        let watcher = try world.watch(in: .deflated)
        for second in 1...3 {
            world.scheduler.turn { device.reportNow(LiveWorld.fix(second), at: world.clock.now) }
        }
        #expect(watcher.received.count == 1)
        world.scheduler.advance(by: .milliseconds(100))
        #expect(watcher.received.count == 2)
        #expect(watcher.members[LiveWorld.deviceID(1)]?.fix == LiveWorld.fix(3))
    }
}
