import Actors
import HubTesting
import Model
import Testing

struct PresencePropertyTests {
    /// What presence means, said as plainly as possible.
    private struct NaiveDevice {
        var sessions: [Session] = []
        var leftAt: LiveInstant?
        var declared = PresenceStatus.online
        var note: String?

        func isAbsent(_ now: LiveInstant, grace: Int64) -> Bool {
            guard sessions.isEmpty else { return false }
            guard let leftAt else { return true }
            return now.milliseconds >= leftAt.milliseconds + grace
        }

        /// The hub looks for the end of a grace at intervals of at most 100 ms.
        func isBetween(_ now: LiveInstant, grace: Int64) -> Bool {
            guard sessions.isEmpty, let leftAt else { return false }
            return (0..<100).contains(now.milliseconds - leftAt.milliseconds - grace)
        }

        /// Whether strangers are not shown where it is, which an absence does not end.
        var isHidden: Bool { declared == .invisible }

        func shown(_ now: LiveInstant, grace: Int64) -> (PresenceStatus, String?) {
            isAbsent(now, grace: grace) || declared == .invisible ? (.offline, nil) : (declared, note)
        }
    }

    @Test(arguments: [0, 1, 500, 10_000] as [Int64], 1...8 as ClosedRange<UInt64>)
    func `what observers see is what a plain model says, and each change is told once`(
        grace: Int64, seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        let world = try LiveWorld(
            limits: LiveLimits(offlineGrace: .milliseconds(grace), sessionsPerDevice: 100))
        for number in 0..<4 { try world.register(number) }
        let watcher = try world.watch()
        let group = try world.load()
        let devices = try (0..<4).map { try world.device($0) }
        var model = Array(repeating: NaiveDevice(), count: 4)
        var told: [DeviceID: (PresenceStatus, String?)] = [:]
        for _ in 0..<600 {
            let number = Int.random(in: 0..<4, using: &random)
            let device = devices[number]
            let now = world.scheduler.now
            // Near the end of a grace both answers are right: let it pass.
            if model[number].isBetween(now, grace: grace) { world.scheduler.advance(by: .milliseconds(100)) }
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                let session = Session()
                if model[number].isAbsent(world.scheduler.now, grace: grace) {
                    model[number].declared = .online
                    model[number].note = nil
                }
                model[number].sessions.append(session)
                world.scheduler.turn { _ = device.assumeIsolated { $0.connect(session) } }
            case 2, 3:
                guard let session = model[number].sessions.popLast() else { continue }
                if model[number].sessions.isEmpty { model[number].leftAt = world.scheduler.now }
                world.scheduler.turn { device.assumeIsolated { $0.disconnect(session) } }
            case 4:
                let statuses: [PresenceStatus] = [.online, .away, .busy, .invisible]
                let status = statuses[Int.random(in: 0..<4, using: &random)]
                let note = Bool.random(using: &random) ? "note" : nil
                if !model[number].sessions.isEmpty {
                    model[number].declared = status
                    model[number].note = note
                }
                world.scheduler.turn { device.assumeIsolated { $0.declare(status, note: note) } }
            default:
                let most = Int64.random(in: 0..<3, using: &random) == 0 ? grace * 2 + 200 : 50
                world.scheduler.advance(by: .milliseconds(Int64.random(in: 0...most, using: &random)))
            }
            for (number, expected) in model.enumerated() {
                let hides = world.scheduler.turn {
                    group.assumeIsolated { $0.hides(LiveWorld.deviceID(number)) }
                }
                #expect(hides == expected.isHidden, "a declaration stands through an absence")
            }
            for (number, expected) in model.enumerated()
            where !expected.isBetween(world.scheduler.now, grace: grace) {
                let shown = watcher.members[LiveWorld.deviceID(number)]?.presence
                let (status, note) = expected.shown(world.scheduler.now, grace: grace)
                #expect(shown?.status == status)
                #expect(shown?.note == note)
            }
            for case .presence(let device, let presence) in watcher.takeReceived() {
                let last = told[device] ?? (.offline, nil)
                #expect(last != (presence.status, presence.note), "nothing is told twice, least of all offline")
                told[device] = (presence.status, presence.note)
            }
        }
        #expect(told.count == 4)
    }
}
