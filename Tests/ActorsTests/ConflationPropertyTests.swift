import Actors
import HubTesting
import Model
import Testing

/// Any sequence of reports, sessions, members coming and going, congestion and drains ends with every observer showing
/// what is, in whatever dialect; ``Watcher`` and ``PackedWatcher`` see to it that nothing older ever follows newer, and that nothing comes to one that waits.
struct ConflationPropertyTests {
    private let world: LiveWorld
    private let group: GroupActor
    private var random: SeededGenerator
    private var watchers: [any ShowingObserver] = []
    private var sessions: [Int: [Session]] = [:]
    private var members: Set<Int> = [1, 2, 3, 4, 5]

    private init(tick: Duration, seed: UInt64) throws {
        world = try LiveWorld(
            limits: LiveLimits(tick: tick, offlineGrace: .seconds(2), sessionsPerDevice: 3))
        for number in 1...5 { try world.register(number) }
        group = try world.load()
        random = SeededGenerator(seed: seed)
    }

    private mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func step() throws {
        switch pick(0..<40) {
        case 0..<16: try report()
        case 16..<20: world.scheduler.advance(by: .milliseconds(pick(1..<300)))
        case 20..<24: try changePresence()
        case 24..<26: try changeMembers()
        case 26..<28: try changeWatchers()
        default: changeCongestion()
        }
    }

    private mutating func report() throws {
        // Several devices in one turn, fixes in and out of order.
        let reports = (0..<pick(1..<4)).map { _ in (pick(1..<8), LiveWorld.fix(pick(0..<400), latitude: place())) }
        let devices = try reports.filter { members.contains($0.0) }.map { (try world.device($0.0), $0.1) }
        world.scheduler.turn {
            for (device, fix) in devices { device.reportNow(fix, at: world.clock.now) }
        }
    }

    /// Mostly nearby, sometimes far away, sometimes of more decimals than others have.
    private mutating func place() -> Double {
        switch pick(0..<10) {
        case 0: 48.2 + Double(pick(0..<300)) / 10
        case 1: 48.2 + Double(pick(0..<300)) / 700
        default: 48.2 + Double(pick(0..<1000)) * 1e-5
        }
    }

    private mutating func changePresence() throws {
        let number = pick(1..<8)
        guard members.contains(number) else { return }
        let device = try world.device(number)
        let choice = pick(0..<4)
        let statuses: [PresenceStatus] = [.online, .away, .busy, .invisible]
        let status = statuses[pick(0..<4)]
        let note = pick(0..<2) == 0 ? nil : "note \(pick(0..<3))"
        world.scheduler.turn {
            device.assumeIsolated { device in
                switch choice {
                case 0, 1: device.declare(status, note: note)
                default: break
                }
            }
        }
        if choice == 2 {
            let session = Session()
            sessions[number, default: []].append(session)
            world.scheduler.turn { _ = device.assumeIsolated { $0.connect(session) } }
        } else if choice == 3, let session = sessions[number]?.popLast() {
            world.scheduler.turn { device.assumeIsolated { $0.disconnect(session) } }
        }
    }

    private mutating func changeMembers() throws {
        let number = pick(1..<8)
        // What was reported is in the store before anybody joins, or the store would bring older fixes.
        world.journal.commit()
        if members.contains(number), pick(0..<3) > 0 {
            try world.deactivate(number)
            members.remove(number)
            sessions[number] = nil
        } else {
            try world.join(number, named: "Name \(pick(0..<1000))")
            members.insert(number)
        }
    }

    private mutating func changeWatchers() throws {
        if watchers.count < 6, pick(0..<3) > 0 {
            let dialect = Dialect.allCases[pick(0..<3)]
            watchers.append(dialect == .packed ? try world.watchPacked() : try world.watch(in: dialect))
        } else if let watcher = watchers.popLast() {
            world.scheduler.turn { group.assumeIsolated { $0.unobserve(watcher) } }
        }
    }

    private mutating func changeCongestion() {
        guard !watchers.isEmpty else { return }
        let watcher = watchers[pick(0..<watchers.count)]
        let answers: [Admission] = [.accepted, .congested, .dropped]
        watcher.reply(answers[pick(0..<3)])
        if watcher.isStalled { world.drained(watcher, in: group) }
    }

    private func settle() {
        for watcher in watchers {
            watcher.reply(.accepted)
            if watcher.isStalled { world.drained(watcher, in: group) }
        }
        world.scheduler.advance(by: .milliseconds(100))
    }

    private func check() {
        let truth = world.snapshot(of: group)
        #expect(Set(truth.keys) == Set(members.map(LiveWorld.deviceID)))
        for watcher in watchers {
            #expect(watcher.shown == truth.mapValues { ShownMember($0) })
        }
    }

    @Test(arguments: [Duration.zero, .milliseconds(100)], 1...12 as ClosedRange<UInt64>)
    func `every observer ends with the newest of every member`(tick: Duration, seed: UInt64) throws {
        var run = try ConflationPropertyTests(tick: tick, seed: seed)
        for _ in 0..<6 {
            for _ in 0..<150 { try run.step() }
            run.settle()
            run.check()
        }
        #expect(run.world.counters.stalls > 0)
    }

    init() throws { try self.init(tick: .zero, seed: 0) }
}
