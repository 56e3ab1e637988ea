import Configuration
import EventLoop
import Foundation
import Model
import Testing
import Wire

/// Those who do not read: they are owed the newest state and no backlog, and hold up nobody.
@Suite(.timeLimit(.minutes(3)))
struct SlowReaderTests {
    /// A note that makes a message of about a kilobyte: every character of it is escaped.
    private static let longNote = String(repeating: "\u{1}", count: 139)

    /// More than the kernel's buffers of a connection hold together with the hub's.
    private static let backlog = 6000

    @Test func `one that stops reading gets the newest state of every group when it reads again`() async throws {
        try await RunningHub.with {
            $0.fanout.tick = .zero
            $0.fanout.outboundBytes = 65_536
            // Who does not read does not answer pings either, and is to stay.
            $0.presence.heartbeat = .seconds(600)
        } _: { hub in
            // Wherever the watchers' own loop is, one of the two groups is another's.
            let groups = [GroupID.fresh("near", onLoop: 0), GroupID.fresh("far", onLoop: 1)]
            let slow = try await TestClient.connect(hub.address)
            let quick = try await TestClient.connect(hub.address)
            var devices: [TestClient] = []
            for group in groups {
                devices.append(try await TestClient.connect(hub.address, as: try await hub.address.register(in: group)))
                _ = try await slow.watch(group)
                _ = try await quick.watch(group)
            }
            await slow.stopReading()
            let now = Timestamp.now
            for number in 0..<SlowReaderTests.backlog {
                let note = SlowReaderTests.longNote + "\(number % 10)"
                let (device, group) = (devices[number % 2], groups[number % 2])
                await device.send(.presence(.init(status: .busy, note: note)))
                guard number % 200 >= 198 else { continue }
                let fix = Fix.sample(at: now.advanced(by: .milliseconds(number)))
                #expect(try await device.ask(.location(fix)).isAck)
                // The other watcher is as quick as ever.
                try await quick.learn(fix, in: group)
            }
            let last = Fix.sample(at: now.advanced(by: .seconds(10)), latitude: -33, longitude: -70)
            for device in devices {
                try await device.ask(.presence(.init(status: .away, note: "the last")))
                #expect(try await device.ask(.location(last)).isAck)
            }

            await slow.readOn()
            var (count, places, presences) = (0, [GroupID: Fix](), [GroupID: Presence]())
            while groups.contains(where: { places[$0] != last || presences[$0]?.note != "the last" }) {
                count += 1
                switch try await slow.next() {
                case .positions(let group, let positions): places[group] = positions.last?.fix
                case .presence(let change): presences[change.group] = change.presence
                case .snapshot(let snapshot):
                    places[snapshot.group] = snapshot.members.first?.lastFix
                    presences[snapshot.group] = snapshot.members.first?.presence
                default: break
                }
            }
            #expect(count < SlowReaderTests.backlog, "everything it missed was kept for it")
            #expect(presences.values.allSatisfy { $0.status == .away })
            #expect(try await hub.address.serves())
            for client in devices + [slow, quick] { await client.close() }
        }
    }

    @Test(.disabled(if: Sanitizer.isOn, "a sanitizer's own memory would be counted"))
    func `clients that never read cost the hub a bounded memory`() async throws {
        let settings = [
            "HUB__FANOUT__OUTBOUND_BYTES": "65536", "HUB__FANOUT__TICK_MS": "0",
            "HUB__PRESENCE__HEARTBEAT_SECONDS": "600",
        ]
        try await HubProcess.with(settings) { hub in
            let group = GroupID.fresh()
            for number in 0..<19 { try await hub.address.register(in: group, name: "Member \(number)") }
            let id = try await hub.address.register(in: group)
            let device = try await TestClient.connect(hub.address, as: id)
            try await device.settle()
            let before = try hub.residentBytes()

            // Ten watch and do not read; ten ask for snapshots, of some 3 KB each, and do not read those.
            var deaf: [TestClient] = []
            for _ in 0..<10 {
                let watcher = try await TestClient.connect(hub.address)
                _ = try await watcher.watch(group)
                await watcher.stopReading()
                deaf.append(watcher)
            }
            let question = RawStream.frame(.text, Array(#"{"type":"watch","group":"\#(group)"}"#.utf8))
            let questions = [UInt8]((0..<5000).map { _ in question }.joined())
            var greedy: [RawStream] = []
            for _ in 0..<10 {
                let stream = try await RawStream.open(hub.address)
                await stream.connection.stopReading()
                await stream.connection.send(questions)
                greedy.append(stream)
            }
            for number in 0..<SlowReaderTests.backlog {
                await device.send(
                    .presence(.init(status: .busy, note: SlowReaderTests.longNote + "\(number % 10)")))
                if number % 500 == 499 { try await device.settle() }
            }
            #expect(try await hub.address.serves())
            let after = try hub.residentBytes()
            // Kept in full it would be 60 MB for those who watch and 150 MB for those who ask.
            #expect(after - before < 40_000_000, "\((after - before) / 1_000_000) MB more than before")
            for client in deaf { await client.abort() }
            for stream in greedy { await stream.connection.close() }
            await device.close()
        }
    }
}

extension TestClient {
    /// Waits until a watcher has heard of the position of a group's one device, by a change or, if that was too much for
    /// it, by a snapshot.
    fileprivate func learn(_ fix: Fix, in group: GroupID) async throws {
        let _: Bool = try await first("the position") { message in
            switch message {
            case .positions(group, let positions) where positions.last?.fix == fix: true
            case .snapshot(let snapshot) where snapshot.group == group && snapshot.members.first?.lastFix == fix: true
            default: nil
            }
        }
    }
}

extension HubProcess {
    /// What the kernel counts as the process's resident memory.
    func residentBytes() throws -> Int {
        let fields = TestFiles.text("/proc/\(run.pid)/statm").split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { throw Unexpected(what: "no size of \(run.pid)") }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
