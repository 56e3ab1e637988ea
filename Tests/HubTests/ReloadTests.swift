import Configuration
import HubTesting
import Synchronization
import Telemetry
import Testing

@testable import Hub

@Suite struct `A reload` {
    @Test func `gives every part the configuration, whatever became of the others`() async {
        let (first, second) = (PartStub("first", fails: true), PartStub("second"))
        let reload = HubReload([first, second], started: HubConfiguration(), log: TestPostgres.log)
        var changed = HubConfiguration()
        changed.server.maximumConnections = 7
        await reload.reload(changed)
        #expect(first.seen.withLock { $0 } == [changed])
        #expect(second.seen.withLock { $0 } == [changed])
    }

    @Test func `of a configuration that is wrong applies the last one again`() async {
        let part = PartStub("part")
        let reload = HubReload([part], started: HubConfiguration(), log: TestPostgres.log)
        var changed = HubConfiguration()
        changed.server.maximumConnections = 7
        await reload.reload(nil)
        await reload.reload(changed)
        await reload.reload(nil)
        #expect(part.seen.withLock { $0 } == [HubConfiguration(), changed, changed])
    }

    @Test func `waits for the one before it`() async {
        let part = PartStub("part", isSlow: true)
        let reload = HubReload([part], started: HubConfiguration(), log: TestPostgres.log)
        await withDiscardingTaskGroup { group in
            for _ in 0..<20 { group.addTask { await reload.reload(HubConfiguration()) } }
        }
        #expect(part.seen.withLock { $0.count } == 20)
        #expect(part.overlaps.load(ordering: .relaxed) == 0)
    }

    @Test func `sees a changed password, which is never shown`() {
        var (old, new) = (HubConfiguration(), HubConfiguration())
        old.database.url = Secret("postgres://hub:one@db/hub")
        new.database.url = Secret("postgres://hub:two@db/hub")
        #expect(Setting.changes(from: old, to: new).map(\.description) == ["database.url"])
        #expect(Setting.changes(from: old, to: old).isEmpty)
    }
}

private final class PartStub: Reloadable {
    let name: String
    let settings: Set<String> = ["server.max_connections"]
    let seen = Mutex<[HubConfiguration]>([])
    let overlaps = Atomic<Int>(0)
    private let inside = Atomic<Int>(0)
    private let fails: Bool
    private let isSlow: Bool

    init(_ name: String, fails: Bool = false, isSlow: Bool = false) {
        self.name = name
        self.fails = fails
        self.isSlow = isSlow
    }

    func reload(_ configuration: HubConfiguration) async throws(ReloadFailure) {
        if inside.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { overlaps.wrappingAdd(1, ordering: .relaxed) }
        if isSlow { for _ in 0..<10 { await Task.yield() } }
        seen.withLock { $0.append(configuration) }
        inside.wrappingSubtract(1, ordering: .relaxed)
        if fails { throw ReloadFailure(reason: "it is a stub") }
    }
}
