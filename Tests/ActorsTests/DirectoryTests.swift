import Actors
import HubTesting
import Model
import Testing

struct DirectoryTests {
    @Test func `many who ask for a group at once load it once`() async throws {
        let world = try LiveWorld()
        try world.register(1)
        world.store.hold()
        let searches = (0..<10).map { _ in world.search() }
        #expect(world.store.loads == 1)
        #expect(searches.allSatisfy { $0.results.isEmpty })
        world.store.release()
        await world.settle { searches.allSatisfy { !$0.results.isEmpty } }
        let groups = try searches.map { try #require($0.results.first).get() }
        #expect(groups.allSatisfy { $0 === groups[0] })
        #expect(searches.allSatisfy { $0.results.count == 1 })
        #expect(try world.load() === groups[0])
        #expect(world.store.loads == 1)
    }

    @Test func `a group that cannot be loaded is unavailable, and the next who asks tries again`() throws {
        let world = try LiveWorld()
        try world.register(1)
        world.store.failure = .unavailable
        #expect(throws: LiveUnavailable.storeFailed) { try world.load() }
        #expect(throws: LiveUnavailable.storeFailed) { try world.load() }
        world.store.failure = nil
        let group = try world.load()
        #expect(world.snapshot(of: group).count == 1)
        #expect(world.store.loads == 3)
        #expect(world.counters.loadFailures == 2)
    }

    @Test func `only so many may wait for a load`() async throws {
        let world = try LiveWorld(limits: LiveLimits(waitingForLoad: 3))
        world.store.hold()
        let searches = (0..<5).map { _ in world.search() }
        #expect(searches.map(\.results.count) == [0, 0, 0, 1, 1])
        #expect(throws: LiveUnavailable.overloaded) { try searches[4].results[0].get() }
        world.store.release()
        await world.settle { searches.allSatisfy { !$0.results.isEmpty } }
        #expect(searches.allSatisfy { $0.results.count == 1 })
        for search in searches[..<3] { _ = try search.results[0].get() }
    }

    @Test func `a group is loaded with its positions, and one without devices is empty`() throws {
        let world = try LiveWorld()
        try world.register(1)
        world.store.insert([LiveWorld.fix(1), LiveWorld.fix(2)], of: LiveWorld.deviceID(1))
        #expect(world.snapshot(of: try world.load())[LiveWorld.deviceID(1)]?.fix == LiveWorld.fix(2))
        let empty = try #require(GroupID("nobody-here"))
        #expect(world.snapshot(of: try world.load(empty)).isEmpty)
    }

    @Test func `what is committed during a load is not lost`() async throws {
        let world = try LiveWorld()
        try world.register(1)
        try world.register(2)
        world.store.hold()
        let search = world.search()
        try world.join(3)
        try world.deactivate(1)
        try world.join(2, named: "Renamed")
        world.store.release()
        await world.settle { !search.results.isEmpty }
        let members = world.snapshot(of: try #require(search.results.first).get())
        #expect(Set(members.keys) == Set([2, 3].map(LiveWorld.deviceID)))
        #expect(members[LiveWorld.deviceID(2)]?.device.displayName == "Renamed")
        #expect(try world.device(3).id == LiveWorld.deviceID(3))
        #expect(world.store.loads == 1)
    }

    @Test func `so many changes during a load that they are not kept make it load again`() async throws {
        let world = try LiveWorld()
        try world.register(1)
        world.store.hold()
        let search = world.search()
        for round in 0..<70 { try world.join(1, named: "Name \(round)") }
        world.store.release()
        await world.settle { !search.results.isEmpty }
        let members = world.snapshot(of: try #require(search.results.first).get())
        #expect(members[LiveWorld.deviceID(1)]?.device.displayName == "Name 69")
        #expect(world.store.loads == 2)
    }

    @Test func `what concerns no group in memory is left to the store`() throws {
        let world = try LiveWorld()
        try world.join(1)
        #expect(world.loadedGroup() == nil)
        #expect(world.counters == LiveCounters())
        #expect(world.snapshot(of: try world.load()).count == 1)
    }

    // MARK: Leaving memory

    @Test func `a group that nobody uses leaves memory, and is rebuilt when it is asked for`() throws {
        let world = try LiveWorld(limits: LiveLimits(tick: .zero, idleGroup: .seconds(60)))
        try world.register(1)
        let group = try world.load()
        let device = try world.device(1)
        world.scheduler.turn { device.reportNow(LiveWorld.fix(1), at: world.clock.now) }
        world.journal.commit()
        world.scheduler.advance(by: .seconds(59))
        #expect(world.loadedGroup() === group)
        world.scheduler.advance(by: .seconds(90))
        #expect(world.loadedGroup() == nil)
        #expect(world.counters.groups == 0)
        #expect(world.counters.devices == 0)
        #expect(world.scheduler.pendingTimers == 0)
        let outcome = world.scheduler.turn { device.reportNow(LiveWorld.fix(2), at: world.clock.now) }
        #expect(outcome == .failure(.gone))
        let watcher = Watcher(world.log)
        let watch = world.scheduler.turn {
            group.assumeIsolated { group in
                Result { () throws(LiveUnavailable) in try group.observe(watcher) }
            }
        }
        #expect(throws: LiveUnavailable.unloaded) { try watch.get() }
        let again = try world.load()
        #expect(again !== group)
        #expect(world.snapshot(of: again)[LiveWorld.deviceID(1)]?.fix == LiveWorld.fix(1))
    }

    @Test func `a group stays while anybody watches, is connected, or may come back`() throws {
        let world = try LiveWorld(
            limits: LiveLimits(tick: .zero, offlineGrace: .seconds(300), idleGroup: .seconds(10)))
        try world.register(1)
        let group = try world.load()
        let watcher = try world.watch()
        let device = try world.device(1)
        let session = Session()
        world.scheduler.turn { _ = device.assumeIsolated { $0.connect(session) } }
        world.scheduler.advance(by: .seconds(100))
        world.scheduler.turn { group.assumeIsolated { $0.unobserve(watcher) } }
        world.scheduler.advance(by: .seconds(100))
        world.scheduler.turn { device.assumeIsolated { $0.disconnect(session) } }
        world.scheduler.advance(by: .seconds(290))
        #expect(world.loadedGroup() === group)
        world.scheduler.advance(by: .seconds(30))
        #expect(world.loadedGroup() == nil)
    }

    @Test func `nothing of a group that left memory stays in memory`() throws {
        weak var forgottenGroup: GroupActor?
        weak var forgottenDevice: DeviceActor?
        let world = try LiveWorld(limits: LiveLimits(idleGroup: .seconds(10)))
        try world.register(1)
        do {
            let group = try world.load()
            let device = try world.device(1)
            let session = Session()
            world.scheduler.turn { _ = device.assumeIsolated { $0.connect(session) } }
            world.scheduler.turn { device.assumeIsolated { $0.disconnect(session) } }
            forgottenGroup = group
            forgottenDevice = device
        }
        world.scheduler.advance(by: .seconds(60))
        #expect(forgottenGroup == nil)
        #expect(forgottenDevice == nil)
    }

    @Test func `at the bound an unused group makes room, and used ones do not`() throws {
        let world = try LiveWorld(limits: LiveLimits(groups: 2))
        let names = try (0..<4).map { try #require(GroupID("group-\($0)")) }
        let watcher = try world.watch(names[0])
        let second = try world.load(names[1])
        world.scheduler.advance(by: .seconds(2))
        _ = try world.load(names[2])
        #expect(world.loadedGroup(names[1]) == nil)
        #expect(world.loadedGroup(names[0]) != nil)
        _ = second
        let other = try world.watch(names[2])
        world.scheduler.advance(by: .seconds(2))
        #expect(throws: LiveUnavailable.overloaded) { try world.load(names[3]) }
        #expect(world.counters.groups == 2)
        let third = try world.load(names[2])
        world.scheduler.turn { third.assumeIsolated { $0.unobserve(other) } }
        world.scheduler.advance(by: .seconds(2))
        _ = try world.load(names[3])
        #expect(watcher.received.isEmpty)
    }

    @Test func `when it closes those who wait are told and nothing runs on`() throws {
        let world = try LiveWorld()
        try world.register(1)
        _ = try world.watch()
        let device = try world.device(1)
        world.scheduler.turn { device.reportNow(LiveWorld.fix(1), at: world.clock.now) }
        world.store.hold()
        let search = world.search(GroupID("slow-one"))
        let directory = world.directory
        world.scheduler.turn { directory.assumeIsolated { $0.close() } }
        #expect(throws: LiveUnavailable.stopping) { try #require(search.results.first).get() }
        #expect(throws: LiveUnavailable.stopping) { try world.load() }
        world.store.release()
        world.scheduler.turn()
        #expect(search.results.count == 1)
        #expect(world.scheduler.pendingTimers == 0)
        #expect(world.counters.groups == 0)
        #expect(world.counters.observers == 0)
    }

    @Test func `those who can wait get the group from an asynchronous call`() async throws {
        let world = try LiveWorld()
        try world.register(1)
        let directory = world.directory
        let group = world.group
        let done = Flag()
        let search = Task {
            defer { done.set() }
            return try await directory.group(group)
        }
        await world.settle { done.isSet }
        #expect(try await search.value === world.loadedGroup())
    }
}
