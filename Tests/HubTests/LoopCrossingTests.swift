import Actors
import Configuration
import EventLoop
import FeatureKit
import HubTesting
import Model
import Persistence
import Telemetry
import Testing
import Wire

@testable import Hub

@Suite struct `A watch across loops` {
    @Test func `leaves nothing behind if it is given up while the group is loaded`() async throws {
        let hub = try await NodesUnderTest.start()
        let group = hub.group(on: 1)
        hub.store.hold()
        let isWatching = await hub.loops.loops[0].run {
            let session = StreamSession(
                device: nil, group: nil, credential: .key(APIKeyID(UniqueID.version7(at: ManualClock().now))),
                on: hub.nodes[0])
            guard let crossing = hub.nodes[0].crossing else { return false }
            crossing.unwatch(crossing.watch(group, for: session, re: 1))
            return true
        }
        #expect(isWatching)
        while hub.store.waiting == 0 { await Task.yield() }
        hub.store.release()
        // Those who asked before have been answered by then.
        _ = try await hub.nodes[1].directory.group(group)
        #expect(await hub.nodes[1].directory.counters.observers == 0)
        await hub.loops.stop()
    }

    @Test func `is there until it is given up`() async throws {
        let hub = try await NodesUnderTest.start()
        let group = hub.group(on: 1)
        let id = await hub.loops.loops[0].run {
            let session = StreamSession(
                device: nil, group: nil, credential: .key(APIKeyID(UniqueID.version7(at: ManualClock().now))),
                on: hub.nodes[0])
            return hub.nodes[0].crossing?.watch(group, for: session, re: 1)
        }
        while hub.store.loads == 0 { await Task.yield() }
        _ = try await hub.nodes[1].directory.group(group)
        #expect(await hub.nodes[1].directory.counters.observers == 1)
        if let id { await hub.loops.loops[0].run { hub.nodes[0].crossing?.unwatch(id) } }
        await hub.loops.loops[1].run {}
        #expect(await hub.nodes[1].directory.counters.observers == 0)
        await hub.loops.stop()
    }
}

/// The nodes of two loops, with their groups in memory and without sockets.
private struct NodesUnderTest: Sendable {
    let loops: LoopGroup
    let nodes: [LoopNode]
    let store: InMemoryDeviceStore

    static func start() async throws -> NodesUnderTest {
        let loops = try LoopGroup.start(count: 2)
        let store = InMemoryDeviceStore()
        let metrics = MetricsRegistry()
        let log = Logger("test", output: LogOutput(level: .error, format: .json))
        let database = Database(url: "", on: loops.loops)
        let directories = loops.loops.map { loop in
            LiveDirectory(
                store: store, journal: InMemoryFixJournal(), encoder: StreamEncoder(), clock: ManualClock(),
                scheduler: LoopScheduler(on: loop))
        }
        let live = LiveMap(loops: loops, directories: directories, devices: store)
        let nodes = zip(loops.loops, directories).map { loop, directory in
            LoopNode(
                loop: loop, directory: directory,
                journal: LocationJournal(url: "", on: loop, log: log, metrics: PersistenceMetrics(metrics)),
                keys: KeyRing(
                    on: loop, store: PostgresAPIKeyStore(database: database),
                    tickets: PostgresTicketStore(database: database), clock: ManualClock(), log: log),
                settings: StreamSettings(HubConfiguration()), clock: ManualClock(), decoder: ClientMessageDecoder(),
                live: live, log: log, sessionGauge: metrics.gauge("sessions", help: "Sessions."), locationsPerSecond: 0,
                refusedLocations: metrics.counter("refused_total", help: "Refused."))
        }
        for node in nodes { await node.loop.run { node.join(nodes) } }
        return NodesUnderTest(loops: loops, nodes: nodes, store: store)
    }

    /// A group that lives on one of the loops.
    func group(on index: Int) -> GroupID {
        for number in 0... {
            if let group = GroupID("group-\(number)"), nodes[0].live.loop(of: group).index == index { return group }
        }
        fatalError("no group lives there")
    }
}
