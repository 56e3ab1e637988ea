import Actors
import HubTesting
import Model
import Testing

struct TickTests {
    /// A group of three with a watcher; their first fixes are the seconds 1, 2 and 3.
    private func world(tick: Duration) throws -> (LiveWorld, Watcher, [DeviceActor]) {
        let world = try LiveWorld(limits: LiveLimits(tick: tick))
        for number in 1...3 { try world.register(number) }
        let watcher = try world.watch()
        return (world, watcher, try (1...3).map { try world.device($0) })
    }

    private func position(_ number: Int, _ fix: Fix) -> LivePosition {
        LivePosition(number: number - 1, device: LiveWorld.deviceID(number), fix: fix)
    }

    @Test func `the first change after a quiet spell goes at the end of its turn`() throws {
        let (world, watcher, devices) = try world(tick: .milliseconds(100))
        world.scheduler.turn {
            devices[0].reportNow(LiveWorld.fix(1), at: world.clock.now)
            #expect(watcher.received.isEmpty)
        }
        #expect(watcher.received == [.positions([position(1, LiveWorld.fix(1))])])
    }

    @Test func `what follows waits for the tick, and goes as one frame with the newest of each`() throws {
        let (world, watcher, devices) = try world(tick: .milliseconds(100))
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(1), at: world.clock.now) }
        _ = watcher.takeReceived()
        for second in 2...9 {
            world.scheduler.advance(by: .milliseconds(10))
            world.scheduler.turn {
                devices[0].reportNow(LiveWorld.fix(second), at: world.clock.now)
                devices[1].reportNow(LiveWorld.fix(second), at: world.clock.now)
            }
        }
        #expect(watcher.received.isEmpty)
        world.scheduler.advance(by: .milliseconds(29))
        #expect(watcher.received.isEmpty)
        world.scheduler.advance(by: .milliseconds(1))
        #expect(
            watcher.received == [.positions([position(1, LiveWorld.fix(9)), position(2, LiveWorld.fix(9))])])
        // Seven of eight fixes of either device went out with the eighth, and the oldest of what a frame holds is measured.
        #expect(world.counters.conflated == 14)
        #expect(world.scheduler.flushLatencies == [0, 100_000_000])
    }

    @Test func `what nobody watches is not measured as told`() throws {
        let world = try LiveWorld(limits: LiveLimits(tick: .zero))
        try world.register(1)
        _ = try world.load()
        let device = try world.device(1)
        world.scheduler.turn { device.reportNow(LiveWorld.fix(1), at: world.clock.now) }
        #expect(world.scheduler.flushLatencies.isEmpty)
        #expect(world.counters.liveReports == 1)
    }

    @Test func `a tick counts from the first change behind a frame, and none waits longer than one`() throws {
        let (world, watcher, devices) = try world(tick: .milliseconds(100))
        world.scheduler.advance(by: .milliseconds(37))
        var sent: [Int: LiveInstant] = [:]
        var arrivals: [(at: LiveInstant, oldest: Int64)] = []
        for second in 1...100 {
            world.scheduler.turn { devices[second % 3].reportNow(LiveWorld.fix(second), at: world.clock.now) }
            sent[second] = world.scheduler.now
            for _ in 0..<13 {
                for case .positions(let positions) in watcher.takeReceived() {
                    let waits = positions.map { position in
                        let second = Int((position.fix.capturedAt.milliseconds - 1_767_225_600_000) / 1000)
                        return world.scheduler.now.milliseconds - (sent[second]?.milliseconds ?? 0)
                    }
                    #expect(waits.allSatisfy { $0 <= 100 })
                    arrivals.append((world.scheduler.now, waits.max() ?? 0))
                }
                world.scheduler.advance(by: .milliseconds(1))
            }
        }
        // 1.3 s hold one frame at once, and then one for each change that is the first behind a frame: at 13 ms, and from there
        // every 104 ms, the next multiple of 13 behind the tick.
        #expect(arrivals.count == 13 || arrivals.count == 12)
        let gaps = zip(arrivals.dropFirst(2), arrivals.dropFirst()).map { $0.at.milliseconds - $1.at.milliseconds }
        #expect(gaps.allSatisfy { (100...117).contains($0) })
    }

    @Test func `changes that are more than half a tick apart still go two by two`() throws {
        let (world, watcher, devices) = try world(tick: .milliseconds(100))
        for second in 1...61 {
            world.scheduler.turn { devices[second % 3].reportNow(LiveWorld.fix(second), at: world.clock.now) }
            world.scheduler.advance(by: .milliseconds(60))
        }
        world.scheduler.advance(by: .milliseconds(100))
        // One at once; ticks of a fixed phase would have sent 36 more, of which every second held a single position.
        #expect(watcher.takeReceived().count == 31)
    }

    @Test func `a quiet group has no timer`() throws {
        let (world, watcher, devices) = try world(tick: .milliseconds(100))
        let before = world.scheduler.pendingTimers
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(1), at: world.clock.now) }
        #expect(world.scheduler.pendingTimers == before)
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(2), at: world.clock.now) }
        #expect(world.scheduler.pendingTimers == before + 1)
        world.scheduler.advance(by: .milliseconds(100))
        #expect(world.scheduler.pendingTimers == before)
        #expect(watcher.received.count == 2)
        world.scheduler.advance(by: .milliseconds(99))
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(3), at: world.clock.now) }
        #expect(watcher.received.count == 2)
        world.scheduler.advance(by: .milliseconds(200))
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(4), at: world.clock.now) }
        #expect(watcher.received.count == 4)
        #expect(world.scheduler.pendingTimers == before)
    }

    @Test func `a group that nobody watches has no tick`() throws {
        let (world, watcher, devices) = try world(tick: .milliseconds(100))
        let group = try world.load()
        world.scheduler.turn { group.assumeIsolated { $0.unobserve(watcher) } }
        let before = world.scheduler.pendingTimers
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(1), at: world.clock.now) }
        #expect(world.scheduler.pendingTimers == before)
        #expect(world.log.contents.isEmpty)
        #expect(world.snapshot(of: group)[LiveWorld.deviceID(1)]?.fix == LiveWorld.fix(1))
    }

    @Test func `without ticks every turn ends with one frame`() throws {
        let (world, watcher, devices) = try world(tick: .zero)
        let before = world.scheduler.pendingTimers
        for turn in 1...5 {
            world.scheduler.turn {
                devices[0].reportNow(LiveWorld.fix(turn * 10), at: world.clock.now)
                devices[0].reportNow(LiveWorld.fix(turn * 10 + 1), at: world.clock.now)
                devices[2].reportNow(LiveWorld.fix(turn * 10), at: world.clock.now)
            }
            #expect(
                watcher.takeReceived() == [
                    .positions([
                        position(1, LiveWorld.fix(turn * 10 + 1)), position(3, LiveWorld.fix(turn * 10)),
                    ])
                ])
        }
        #expect(world.scheduler.pendingTimers == before)
    }

    @Test func `a loop that was busy for several ticks sends one frame and finds its pace again`() throws {
        let (world, watcher, devices) = try world(tick: .milliseconds(100))
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(1), at: world.clock.now) }
        world.scheduler.stall(for: .milliseconds(450))
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(2), at: world.clock.now) }
        world.scheduler.advance(by: .milliseconds(0))
        #expect(watcher.takeReceived().count == 2)
        world.scheduler.turn { devices[0].reportNow(LiveWorld.fix(3), at: world.clock.now) }
        world.scheduler.advance(by: .milliseconds(94))
        #expect(watcher.takeReceived().isEmpty)
        world.scheduler.advance(by: .milliseconds(6))
        #expect(watcher.takeReceived().count == 1)
    }

    @Test func `groups that tick at the same moment are served in one turn by one timer`() throws {
        let world = try LiveWorld()
        var devices: [DeviceActor] = []
        var watchers: [Watcher] = []
        for number in 1...10 {
            let group = try #require(GroupID("group-\(number)"))
            try world.register(number, in: group)
            watchers.append(try world.watch(group))
            devices.append(try world.device(number))
        }
        let before = world.scheduler.pendingTimers
        for device in devices {
            world.scheduler.turn { device.reportNow(LiveWorld.fix(1), at: world.clock.now) }
            world.scheduler.turn { device.reportNow(LiveWorld.fix(2), at: world.clock.now) }
        }
        #expect(world.scheduler.pendingTimers == before + 1)
        let turns = world.scheduler.turns
        world.scheduler.advance(by: .milliseconds(100))
        #expect(world.scheduler.turns == turns + 1)
        for watcher in watchers { #expect(watcher.received.count == 2) }
    }

    @Test func `a frame is encoded once for all who watch`() throws {
        let (world, first, devices) = try world(tick: .milliseconds(100))
        let others = try (0..<19).map { _ in try world.watch() }
        world.scheduler.turn { devices[1].reportNow(LiveWorld.fix(1), at: world.clock.now) }
        #expect(world.log.contents.count == 1)
        for watcher in [first] + others { #expect(watcher.received.count == 1) }
        #expect(world.counters.frames == 1)
        #expect(world.counters.deliveries == 20)
    }
}
