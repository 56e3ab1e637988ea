import Actors
import HubTesting
import Model
import Testing

/// What waits for a group's next frame.
struct FrameRiderTests {
    /// Notes, each time it is told, how many frames its watcher has had.
    private final class Rider: FrameRider, @unchecked Sendable {
        private let watcher: Watcher
        private(set) var framesSeen: [Int] = []
        var onTold: () -> Void = {}

        init(behind watcher: Watcher) { self.watcher = watcher }

        func frameHasGone() {
            framesSeen.append(watcher.received.count)
            onTold()
        }
    }

    private let world: LiveWorld
    private let watcher: Watcher
    /// Whose session rides.
    private let device: DeviceActor
    private let other: DeviceActor

    init() throws {
        world = try LiveWorld(limits: LiveLimits(tick: .milliseconds(100)))
        try world.register(1)
        try world.register(2)
        watcher = try world.watch()
        device = try world.device(1)
        other = try world.device(2)
    }

    private func report(_ second: Int, of device: DeviceActor? = nil) {
        let device = device ?? other
        world.scheduler.turn { device.reportNow(LiveWorld.fix(second), at: world.clock.now) }
    }

    private func ride(_ rider: Rider, within wait: Int64) -> Bool {
        let moment = LiveInstant(milliseconds: world.scheduler.now.milliseconds + wait)
        return world.scheduler.turn { device.enterRiding(rider, by: moment) }
    }

    @Test func `a rider is told behind the frame, and once`() {
        report(1)
        report(2)
        let rider = Rider(behind: watcher)
        #expect(ride(rider, within: 100))
        #expect(watcher.received.count == 1)
        world.scheduler.advance(by: .milliseconds(99))
        #expect(rider.framesSeen.isEmpty)
        world.scheduler.advance(by: .milliseconds(1))
        #expect(rider.framesSeen == [2])
        report(3)
        world.scheduler.advance(by: .milliseconds(300))
        #expect(rider.framesSeen == [2])
    }

    @Test func `nobody rides where no frame is due, or only a later one`() {
        let rider = Rider(behind: watcher)
        #expect(!ride(rider, within: 1000))
        report(1)
        #expect(!ride(rider, within: 1000))
        report(2)
        #expect(!ride(rider, within: 99))
        world.scheduler.advance(by: .milliseconds(300))
        #expect(rider.framesSeen.isEmpty)
    }

    @Test func `nobody rides with a frame that tells of itself alone`() {
        let rider = Rider(behind: watcher)
        report(1, of: device)
        report(2, of: device)
        #expect(!ride(rider, within: 100))
        report(2)
        #expect(ride(rider, within: 100))
        world.scheduler.advance(by: .milliseconds(100))
        #expect(rider.framesSeen == [2])
    }

    @Test func `where the frame turns out to be for nobody, the rider is told nevertheless`() throws {
        report(1)
        report(2)
        let rider = Rider(behind: watcher)
        #expect(ride(rider, within: 100))
        try world.deactivate(2)
        let frames = watcher.received.count
        world.scheduler.advance(by: .milliseconds(100))
        #expect(rider.framesSeen == [frames])
    }

    @Test func `who rides again from within waits for the next frame`() {
        report(1)
        report(2)
        let rider = Rider(behind: watcher)
        var rodeAgain: [Bool] = []
        let (device, scheduler) = (device, world.scheduler)
        rider.onTold = {
            let moment = LiveInstant(milliseconds: scheduler.now.milliseconds + 1000)
            rodeAgain.append(device.enterRiding(rider, by: moment))
        }
        #expect(ride(rider, within: 100))
        world.scheduler.advance(by: .milliseconds(100))
        // Behind that frame none is due yet.
        #expect(rodeAgain == [false])
    }

    @Test func `riders of a group that is given up are told`() throws {
        report(1)
        report(2)
        let rider = Rider(behind: watcher)
        #expect(ride(rider, within: 100))
        let directory = world.directory
        world.scheduler.turn { directory.assumeIsolated { $0.close() } }
        #expect(rider.framesSeen.count == 1)
        #expect(!ride(rider, within: 1000))
    }
}
