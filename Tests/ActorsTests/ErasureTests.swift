import Actors
import HubTesting
import Model
import Testing

struct ErasureTests {
    private let world: LiveWorld

    init() throws { world = try LiveWorld(limits: LiveLimits(tick: .zero)) }

    private func tellErased(_ number: Int, createdBy moment: Timestamp) {
        let directory = world.directory
        world.scheduler.turn {
            directory.assumeIsolated { $0.erased(LiveWorld.deviceID(number), createdBy: moment) }
        }
    }

    @Test func `an erased device leaves, its sessions are told, and it reports no more`() throws {
        let outcome = try world.register(1)
        let group = try world.load()
        let watcher = try world.watch()
        let device = try world.device(1)
        let session = Session()
        world.scheduler.turn { _ = device.assumeIsolated { $0.connect(session) } }
        tellErased(1, createdBy: outcome.device.createdAt)
        #expect(session.words == [.erased])
        #expect(watcher.members.isEmpty)
        #expect(world.snapshot(of: group).isEmpty)
        let report = world.scheduler.turn { device.reportNow(LiveWorld.fix(9), at: world.clock.now) }
        #expect(report == .failure(.gone))
    }

    @Test func `one that registered again under the same id stays, with nothing of the old one`() throws {
        let old = try world.register(1)
        world.store.insert([LiveWorld.fix(3)], of: LiveWorld.deviceID(1))
        let group = try world.load()
        #expect(world.snapshot(of: group)[LiveWorld.deviceID(1)]?.fix == LiveWorld.fix(3))
        world.scheduler.advance(by: .milliseconds(5))
        var device = old.device
        device.createdAt = world.clock.now
        device.updatedAt = world.clock.now
        // The registration is heard of before the erasure that was committed before it.
        world.tell(RegistrationOutcome(device: device, previousGroup: nil))
        #expect(world.snapshot(of: group)[device.id]?.device == device)
        #expect(world.snapshot(of: group)[device.id]?.fix == nil)
        tellErased(1, createdBy: old.device.createdAt)
        #expect(world.snapshot(of: group)[device.id]?.device == device)
    }

    @Test func `a registration that was committed before the erasure and is heard of after it brings nothing back`()
        throws
    {
        let group = try world.load()
        let outcome = try world.register(1)
        tellErased(1, createdBy: outcome.device.createdAt)
        world.tell(outcome)
        #expect(world.snapshot(of: group).isEmpty)
        world.scheduler.advance(by: .milliseconds(1))
        var device = outcome.device
        device.createdAt = world.clock.now
        world.tell(RegistrationOutcome(device: device, previousGroup: nil))
        #expect(world.snapshot(of: group).count == 1)
    }

    @Test func `an erasure while the group is loading is not forgotten`() async throws {
        let outcome = try world.register(1)
        world.store.hold()
        let search = world.search()
        await world.settle { world.store.waiting == 1 }
        tellErased(1, createdBy: outcome.device.createdAt)
        world.store.release()
        await world.settle { !search.results.isEmpty }
        let group = try search.results[0].get()
        #expect(world.snapshot(of: group).isEmpty)
    }
}
