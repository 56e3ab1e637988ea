import Actors
import HubTesting
import Model
import Testing

struct DeviceTests {
    private let world: LiveWorld
    private let group: GroupActor
    private let watcher: Watcher
    private let device: DeviceActor

    init() throws {
        world = try LiveWorld(limits: LiveLimits(tick: .zero, sessionsPerDevice: 2))
        for number in 1...2 { try world.register(number) }
        group = try world.load()
        watcher = try world.watch()
        device = try world.device(1)
    }

    private func report(_ second: Int) -> Result<ReportOutcome, ReportRefusal> {
        world.scheduler.turn { device.reportNow(LiveWorld.fix(second), at: world.clock.now) }
    }

    private var liveFix: Fix? { world.snapshot(of: group)[LiveWorld.deviceID(1)]?.fix }

    private func connect(_ session: Session) -> Bool {
        world.scheduler.turn { device.assumeIsolated { $0.connect(session) } }
    }

    private func disconnect(_ session: Session) {
        world.scheduler.turn { device.assumeIsolated { $0.disconnect(session) } }
    }

    private func declare(_ status: PresenceStatus, note: String? = nil) {
        world.scheduler.turn { device.assumeIsolated { $0.declare(status, note: note) } }
    }

    private var status: PresenceStatus? { watcher.members[LiveWorld.deviceID(1)]?.presence.status }

    // MARK: Reports

    @Test func `a late fix is journalled and never moves the live position`() {
        #expect(report(10) == .success(ReportOutcome(admission: .accepted, isLive: true)))
        _ = watcher.takeReceived()
        #expect(report(9) == .success(ReportOutcome(admission: .accepted, isLive: false)))
        #expect(report(10) == .success(ReportOutcome(admission: .accepted, isLive: false)))
        #expect(liveFix == LiveWorld.fix(10))
        #expect(watcher.received.isEmpty)
        #expect(world.journal.pending.map(\.fixes) == [10, 9, 10].map { [LiveWorld.fix($0)] })
        #expect(world.counters.liveReports == 1)
        #expect(world.counters.lateReports == 2)
    }

    private func waitToReport(atMost limit: Int) -> Int64? {
        world.scheduler.turn { device.assumeIsolated { $0.waitToReport(atMost: limit) } }
    }

    @Test func `ten reports a second are taken from all its sessions together, and more when time has passed`() {
        #expect((0..<10).allSatisfy { _ in waitToReport(atMost: 10) == nil })
        world.scheduler.advance(by: .milliseconds(400))
        let wait = waitToReport(atMost: 10)
        #expect(wait == 600)
        world.scheduler.advance(by: .milliseconds(wait ?? 0))
        #expect((0..<10).allSatisfy { _ in waitToReport(atMost: 10) == nil })
        #expect(waitToReport(atMost: 10) != nil)
        #expect(waitToReport(atMost: 11) == nil)
    }

    @Test func `a fix that is no newer than the stored one is late`() throws {
        world.store.insert([LiveWorld.fix(100)], of: LiveWorld.deviceID(9))
        let other = try #require(GroupID("others"))
        try world.register(9, in: other)
        world.store.insert([LiveWorld.fix(100)], of: LiveWorld.deviceID(9))
        _ = try world.load(other)
        let device = try world.device(9)
        let outcome = world.scheduler.turn { device.reportNow(LiveWorld.fix(99), at: world.clock.now) }
        #expect(try outcome.get().isLive == false)
    }

    @Test func `a fix the journal drops changes nothing`() {
        world.journal.capacity = 1
        #expect(report(1) == .success(ReportOutcome(admission: .accepted, isLive: true)))
        let before = world.snapshot(of: group)
        _ = watcher.takeReceived()
        world.scheduler.advance(by: .seconds(5))
        #expect(report(2) == .failure(.journalFull))
        #expect(world.snapshot(of: group) == before)
        #expect(watcher.received.isEmpty)
        world.journal.commit()
        #expect(report(2) == .success(ReportOutcome(admission: .accepted, isLive: true)))
    }

    @Test func `a journal that fills says so`() {
        world.journal.congestedFrom = 2
        _ = report(1)
        #expect(report(2) == .success(ReportOutcome(admission: .congested, isLive: true)))
    }

    @Test func `a batch is journalled whole, and its newest fix goes live whatever its order`() throws {
        let fixes = [5, 9, 7, 2].map { LiveWorld.fix($0) }
        let now = world.clock.now
        let outcome = world.scheduler.turn {
            device.assumeIsolated { device in
                Result { () throws(ReportRefusal) in
                    try device.report(fixes, receivedAt: now, receipt: nil)
                }
            }
        }
        #expect(try outcome.get() == ReportOutcome(admission: .accepted, isLive: true))
        #expect(world.journal.pending.map(\.fixes) == [fixes])
        #expect(liveFix == LiveWorld.fix(9))
        #expect(watcher.received.count == 1)
    }

    @Test func `the receipt goes to the journal`() throws {
        let receiver = Receiver()
        let now = world.clock.now
        world.scheduler.turn {
            _ = device.assumeIsolated { device in
                Result { () throws(ReportRefusal) in
                    try device.report(
                        LiveWorld.fix(1), receivedAt: now, receipt: FixReceipt(receiver: receiver, token: 42))
                }
            }
        }
        world.journal.commit()
        #expect(receiver.committed == [42])
        #expect(world.store.fixes(of: LiveWorld.deviceID(1)) == [LiveWorld.fix(1)])
    }

    @Test func `every sign of life moves last seen, and once a second into storage`() {
        for second in 1...30 {
            world.scheduler.advance(by: .milliseconds(100))
            _ = report(second)
        }
        #expect(world.snapshot(of: group)[LiveWorld.deviceID(1)]?.presence.lastSeenAt == world.clock.now)
        #expect(world.journal.touchCalls == 3)
        world.scheduler.advance(by: .milliseconds(900))
        let now = world.clock.now
        world.scheduler.turn { device.assumeIsolated { $0.seen(at: now) } }
        #expect(world.journal.touches[LiveWorld.deviceID(1)] == now)
    }

    // MARK: Presence

    @Test func `a device is online from its first session to the grace after its last`() {
        let first = Session()
        let second = Session()
        #expect(connect(first))
        #expect(status == .online)
        #expect(connect(second))
        disconnect(first)
        world.scheduler.advance(by: .seconds(60))
        #expect(status == .online)
        disconnect(second)
        _ = watcher.takeReceived()
        world.scheduler.advance(by: .milliseconds(9999))
        #expect(watcher.received.isEmpty)
        world.scheduler.advance(by: .milliseconds(101))
        #expect(status == .offline)
        #expect(watcher.received.count == 1)
        world.scheduler.advance(by: .seconds(60))
        #expect(watcher.received.count == 1)
    }

    @Test func `a reconnect within the grace tells nobody anything`() {
        let first = Session()
        _ = connect(first)
        _ = watcher.takeReceived()
        disconnect(first)
        world.scheduler.advance(by: .seconds(9))
        let second = Session()
        _ = connect(second)
        world.scheduler.advance(by: .seconds(60))
        #expect(watcher.received.isEmpty)
        disconnect(second)
        world.scheduler.advance(by: .milliseconds(9900))
        #expect(watcher.received.isEmpty)
        world.scheduler.advance(by: .milliseconds(200))
        #expect(watcher.received.count == 1)
    }

    @Test func `a device that flaps waits with one timer`() {
        for _ in 0..<50 {
            let session = Session()
            _ = connect(session)
            disconnect(session)
            world.scheduler.advance(by: .milliseconds(100))
        }
        _ = watcher.takeReceived()
        world.scheduler.advance(by: .milliseconds(9700))
        #expect(watcher.received.isEmpty)
        world.scheduler.advance(by: .milliseconds(300))
        #expect(watcher.received.count == 1)
    }

    @Test func `what is declared is told once, and invisible is offline to the others`() {
        _ = connect(Session())
        _ = watcher.takeReceived()
        declare(.busy, note: "in a meeting")
        declare(.busy, note: "in a meeting")
        #expect(watcher.takeReceived().count == 1)
        #expect(watcher.members[LiveWorld.deviceID(1)]?.presence.note == "in a meeting")
        declare(.busy)
        #expect(watcher.takeReceived().count == 1)
        declare(.invisible, note: "hidden")
        #expect(watcher.takeReceived().count == 1)
        #expect(status == .offline)
        #expect(watcher.members[LiveWorld.deviceID(1)]?.presence.note == nil)
        let hiddenAt = world.clock.now
        world.scheduler.advance(by: .seconds(30))
        declare(.invisible)
        #expect(watcher.received.isEmpty)
        #expect(world.snapshot(of: group)[LiveWorld.deviceID(1)]?.presence.lastSeenAt == hiddenAt)
        declare(.away)
        #expect(status == .away)
    }

    @Test func `an invisible device that goes offline tells nothing`() {
        let session = Session()
        _ = connect(session)
        declare(.invisible)
        _ = watcher.takeReceived()
        disconnect(session)
        world.scheduler.advance(by: .seconds(60))
        #expect(watcher.received.isEmpty)
    }

    @Test func `changes of one turn are told as one`() {
        world.scheduler.turn {
            device.assumeIsolated { device in
                _ = device.connect(Session())
                device.declare(.away, note: nil)
                device.declare(.busy, note: nil)
            }
        }
        #expect(watcher.received.count == 1)
        #expect(status == .busy)
    }

    @Test func `presence does not wait for the tick`() throws {
        let world = try LiveWorld(limits: LiveLimits(tick: .milliseconds(100)))
        try world.register(1)
        let watcher = try world.watch()
        let device = try world.device(1)
        world.scheduler.turn { device.reportNow(LiveWorld.fix(1), at: world.clock.now) }
        _ = watcher.takeReceived()
        world.scheduler.turn {
            device.reportNow(LiveWorld.fix(2), at: world.clock.now)
            _ = device.assumeIsolated { $0.connect(Session()) }
        }
        #expect(watcher.members[LiveWorld.deviceID(1)]?.presence.status == .online)
        #expect(watcher.takeReceived().count == 1)
        world.scheduler.advance(by: .milliseconds(100))
        #expect(watcher.takeReceived().count == 1)
    }

    // MARK: Sessions

    @Test func `the oldest session gives way when there are too many`() {
        let sessions = (0..<3).map { _ in Session() }
        for session in sessions { #expect(connect(session)) }
        #expect(sessions.map(\.words) == [[.superseded], [], []])
        #expect(world.counters.sessions == 2)
        // What it says when it closes no longer matters.
        disconnect(sessions[0])
        #expect(world.counters.sessions == 2)
        disconnect(sessions[1])
        disconnect(sessions[2])
        disconnect(sessions[2])
        #expect(world.counters.sessions == 0)
    }

    @Test func `a session connects once`() {
        let session = Session()
        #expect(connect(session))
        #expect(connect(session))
        #expect(world.counters.sessions == 1)
    }
}

/// Notes what it is told; touched by whoever moves the loop.
private final class Receiver: FixReceiver, @unchecked Sendable {
    private(set) var committed: [UInt64] = []
    private(set) var refused: [UInt64] = []

    func fixesCommitted(token: UInt64) { committed.append(token) }
    func fixesRefused(token: UInt64, _ refusal: FixRefusal) { refused.append(token) }
}
