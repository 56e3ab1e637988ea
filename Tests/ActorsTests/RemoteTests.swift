import Actors
import HubTesting
import Model
import Testing

struct RemoteTests {
    private let world: LiveWorld
    private let group: GroupActor
    private let devices: [DeviceActor]

    init() throws {
        world = try LiveWorld(limits: LiveLimits(tick: .zero, watchersPerAudience: 4))
        for number in 1...3 { try world.register(number) }
        let world = world
        group = try world.load()
        devices = try (1...3).map { try world.device($0) }
    }

    private func audience(_ relay: RemoteLoop, _ dialect: Dialect = .json) -> RemoteAudience {
        world.scheduler.turn { RemoteAudience(of: group, in: dialect, through: relay) }
    }

    private func add(_ id: UInt64, to audience: RemoteAudience, of remote: RemoteLoop) throws -> Watcher {
        let watcher = remote.add(WatcherID(id))
        try admit(id, to: audience)
        return watcher
    }

    private func join(
        _ id: UInt64, _ audience: RemoteAudience, _ remote: RemoteLoop
    ) throws -> any ShowingObserver {
        let watcher: any ShowingObserver =
            audience.dialect == .packed
            ? remote.addPacked(WatcherID(id)) : remote.add(WatcherID(id), audience.dialect)
        try admit(id, to: audience)
        return watcher
    }

    private func admit(_ id: UInt64, to audience: RemoteAudience) throws {
        try world.scheduler.turn {
            audience.assumeIsolated { audience in
                Result { () throws(LiveUnavailable) in try audience.add(WatcherID(id), re: Int64(id)) }
            }
        }.get()
    }

    private func report(_ number: Int, _ second: Int) {
        world.scheduler.turn { devices[number - 1].reportNow(LiveWorld.fix(second), at: world.clock.now) }
    }

    @Test func `a frame crosses once for all who watch on the other loop`() throws {
        let remote = RemoteLoop(capacity: 100, log: world.log)
        let audience = audience(remote)
        let watchers = try (1...4).map { try add($0, to: audience, of: remote) }
        remote.receive()
        for (number, watcher) in watchers.enumerated() {
            guard case .snapshot(let snapshot, let re) = watcher.takeReceived().first else {
                Issue.record("a watcher begins with a snapshot")
                return
            }
            #expect(snapshot.members.count == 3)
            #expect(re == Int64(number + 1))
        }
        let crossings = remote.crossings
        report(1, 1)
        remote.receive()
        #expect(remote.crossings == crossings + 1)
        #expect(watchers.allSatisfy { $0.received.count == 1 })
        #expect(world.counters.observers == 1)
        #expect(throws: LiveUnavailable.overloaded) { _ = try add(5, to: audience, of: remote) }
    }

    @Test func `the last to go ends the watch`() throws {
        let remote = RemoteLoop(capacity: 100, log: world.log)
        let audience = audience(remote)
        _ = try add(1, to: audience, of: remote)
        _ = try add(2, to: audience, of: remote)
        world.scheduler.turn { audience.assumeIsolated { $0.remove(WatcherID(1)) } }
        #expect(world.counters.observers == 1)
        world.scheduler.turn { audience.assumeIsolated { $0.remove(WatcherID(2)) } }
        #expect(world.counters.observers == 0)
        #expect(world.scheduler.turn { audience.assumeIsolated { $0.isEmpty } })
        let crossings = remote.crossings
        report(1, 1)
        #expect(remote.crossings == crossings)
    }

    @Test func `one whose first snapshot found the relay full sees nothing before it`() throws {
        let remote = RemoteLoop(capacity: 2, log: world.log)
        let audience = audience(remote)
        _ = try add(1, to: audience, of: remote)
        report(1, 1)
        let late = try add(2, to: audience, of: remote)
        remote.receive(1)
        report(1, 2)
        remote.receive()
        report(1, 3)
        #expect(late.received.isEmpty)
        #expect(remote.takeRelief())
        world.scheduler.turn { audience.assumeIsolated { $0.relayDrained() } }
        remote.receive()
        #expect(late.members == world.snapshot(of: group))
        guard case .snapshot = late.received.first else {
            Issue.record("a watcher begins with a snapshot")
            return
        }
    }

    @Test func `a gate lets nothing but a snapshot through after something was missed`() {
        var gate = RemoteGate()
        #expect(gate.admits(.change) == false)
        #expect(gate.admits(.snapshot) == true)
        gate.sent(.snapshot, .accepted)
        #expect(gate.admits(.change) == true)
        gate.sent(.change, .congested)
        // Nothing was missed while there was no room.
        #expect(gate.drained() == .nothing)
        #expect(gate.admits(.change) == true)
        gate.sent(.change, .dropped)
        #expect(gate.admits(.change) == false)
        #expect(gate.drained() == .askForSnapshot)
        #expect(gate.drained() == .nothing)
        #expect(gate.admits(.change) == false)
        #expect(gate.admits(.snapshot) == true)
        gate.sent(.snapshot, .congested)
        #expect(gate.admits(.snapshot) == false)
        #expect(gate.drained() == .askForSnapshot)
    }

    @Test(arguments: Dialect.allCases, 1...20 as ClosedRange<UInt64>)
    func `whatever is full and whenever, all end with the newest`(dialect: Dialect, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let remote = RemoteLoop(capacity: 4, log: world.log)
        let audience = audience(remote, dialect)
        var seconds = [0, 0, 0]
        var watchers: [UInt64: any ShowingObserver] = [:]
        func drain(_ id: UInt64) {
            guard remote.drained(WatcherID(id)) == .askForSnapshot else { return }
            world.scheduler.turn { audience.assumeIsolated { $0.resume(WatcherID(id)) } }
        }
        func relieve() {
            guard remote.takeRelief() else { return }
            world.scheduler.turn { audience.assumeIsolated { $0.relayDrained() } }
        }
        for _ in 0..<1500 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<5:
                let number = Int.random(in: 0..<3, using: &random)
                seconds[number] += Int.random(in: -1...3, using: &random)
                report(number + 1, max(seconds[number], 0))
            case 5..<7:
                remote.receive(Int.random(in: 0...3, using: &random))
                relieve()
            case 7:
                let name = "Name \(Int.random(in: 0..<100, using: &random))"
                try world.join(Int.random(in: 1...3, using: &random), named: name)
            case 8:
                let id = UInt64.random(in: 1...4, using: &random)
                if watchers[id] == nil {
                    watchers[id] = try join(id, audience, remote)
                } else if Int.random(in: 0..<4, using: &random) == 0 {
                    remote.remove(WatcherID(id))
                    world.scheduler.turn { audience.assumeIsolated { $0.remove(WatcherID(id)) } }
                    watchers[id] = nil
                }
            default:
                let id = UInt64.random(in: 1...4, using: &random)
                let answers: [Admission] = [.accepted, .accepted, .congested, .dropped]
                let answer = answers[Int.random(in: 0..<4, using: &random)]
                watchers[id]?.reply(answer)
                if watchers[id]?.isStalled == true { drain(id) }
            }
        }
        for watcher in watchers.values { watcher.reply(.accepted) }
        for _ in 0..<20 {
            for (id, watcher) in watchers where watcher.isStalled { drain(id) }
            remote.receive()
            relieve()
        }
        let truth = world.snapshot(of: group)
        for watcher in watchers.values {
            #expect(watcher.shown == truth.mapValues { ShownMember($0) })
        }
    }
}
