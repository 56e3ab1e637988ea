import Actors
import HubTesting
import Model
import Testing

struct ObserverTests {
    private let world: LiveWorld
    private let group: GroupActor
    private let watcher: Watcher
    private let devices: [DeviceActor]

    init() throws {
        world = try LiveWorld(limits: LiveLimits(tick: .zero, observersPerGroup: 3))
        for number in 1...3 { try world.register(number) }
        group = try world.load()
        watcher = try world.watch()
        let world = world
        devices = try (1...3).map { try world.device($0) }
    }

    private func report(_ number: Int, _ second: Int) {
        world.scheduler.turn { devices[number - 1].reportNow(LiveWorld.fix(second), at: world.clock.now) }
    }

    private func positions(_ pairs: [(Int, Int)]) -> FrameContent {
        .positions(
            pairs.map { LivePosition(number: $0.0 - 1, device: LiveWorld.deviceID($0.0), fix: LiveWorld.fix($0.1)) })
    }

    @Test func `one that is congested keeps the frame and gets the newest later, not the backlog`() {
        watcher.answer = { _ in .congested }
        report(1, 1)
        for second in 2...50 {
            report(1, second)
            report(2, second)
        }
        #expect(watcher.takeReceived() == [positions([(1, 1)])])
        watcher.answer = { _ in .accepted }
        world.drained(watcher, in: group)
        #expect(watcher.takeReceived() == [positions([(1, 50), (2, 50)])])
        report(3, 51)
        #expect(watcher.takeReceived() == [positions([(3, 51)])])
        #expect(world.counters.stalls == 1)
    }

    @Test func `what was dropped is owed with all that followed`() {
        watcher.answer = { _ in .dropped }
        report(1, 1)
        report(2, 2)
        #expect(watcher.received.isEmpty)
        watcher.answer = { _ in .accepted }
        world.drained(watcher, in: group)
        #expect(watcher.takeReceived() == [positions([(1, 1), (2, 2)])])
    }

    @Test func `a slow one costs the others nothing`() throws {
        let other = try world.watch()
        watcher.answer = { _ in .dropped }
        for second in 1...5 { report(1, second) }
        #expect(other.received.count == 5)
    }

    @Test func `no frame is encoded when nobody can take it`() {
        watcher.answer = { _ in .dropped }
        report(1, 1)
        let frames = world.counters.frames
        report(1, 2)
        #expect(world.counters.frames == frames)
    }

    @Test func `a catch-up that is dropped in its turn stays owed`() {
        watcher.answer = { _ in .dropped }
        let session = Session()
        world.scheduler.turn { _ = devices[1].assumeIsolated { $0.connect(session) } }
        report(1, 1)
        world.drained(watcher, in: group)
        #expect(watcher.received.isEmpty)
        // This time it takes the presence, and nothing more.
        watcher.answer = { _ in .congested }
        world.drained(watcher, in: group)
        #expect(watcher.takeReceived().count == 1)
        watcher.answer = { _ in .accepted }
        world.drained(watcher, in: group)
        #expect(watcher.takeReceived() == [positions([(1, 1)])])
        #expect(watcher.members[LiveWorld.deviceID(2)]?.presence.status == .online)
    }

    @Test func `one that missed a change of members gets a snapshot`() throws {
        watcher.answer = { _ in .dropped }
        report(1, 1)
        try world.join(4)
        try world.deactivate(2)
        report(3, 9)
        watcher.answer = { _ in .accepted }
        world.drained(watcher, in: group)
        #expect(watcher.received.count == 1)
        #expect(watcher.members == world.snapshot(of: group))
        #expect(Set(watcher.members.keys) == Set([1, 3, 4].map(LiveWorld.deviceID)))
    }

    @Test func `drained without having been full does nothing`() {
        world.drained(watcher, in: group)
        #expect(watcher.received.isEmpty)
        report(1, 1)
        #expect(watcher.received.count == 1)
    }

    @Test func `one that leaves hears nothing more, and may leave while it is told`() throws {
        let other = try world.watch()
        let group = group
        let leaving = watcher
        watcher.answer = { _ in
            group.assumeIsolated { $0.unobserve(leaving) }
            return .dropped
        }
        report(1, 1)
        report(1, 2)
        #expect(watcher.received.isEmpty)
        #expect(other.received.count == 2)
        #expect(world.counters.observers == 1)
    }

    @Test func `one that takes another with it spares that one the frame`() throws {
        let other = try world.watch()
        let third = try world.watch()
        let group = group
        watcher.answer = { _ in
            group.assumeIsolated { $0.unobserve(other) }
            return .accepted
        }
        report(1, 1)
        #expect(watcher.received.count == 1)
        #expect(other.received.isEmpty)
        #expect(third.received.count == 1)
    }

    @Test func `a group has only so many observers`() throws {
        _ = try world.watch()
        _ = try world.watch()
        #expect(throws: LiveUnavailable.overloaded) { _ = try world.watch() }
        let leaving = watcher
        world.scheduler.turn { group.assumeIsolated { $0.unobserve(leaving) } }
        _ = try world.watch()
    }

    @Test func `to watch twice is to get another snapshot and every frame once`() throws {
        let watcher = watcher
        let snapshot = world.scheduler.turn {
            group.assumeIsolated { group in
                Result { () throws(LiveUnavailable) in try group.observe(watcher) }
            }
        }
        #expect(try snapshot.get().members.count == 3)
        report(1, 1)
        #expect(watcher.received.count == 1)
        #expect(world.counters.observers == 1)
    }
}
