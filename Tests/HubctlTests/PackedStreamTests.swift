import EventLoop
import Model
import TerminalText
import Testing
import Wire

@testable import hubctl

@Suite struct `A packed stream` {
    private let group: GroupID
    private let device = DeviceID(UniqueID(high: 7, low: 1))
    private let time = Timestamp(milliseconds: 1_795_170_600_000)

    init() throws { group = try #require(GroupID("family")) }

    private func fixes(_ count: Int) -> [Fix] {
        var fixes: [Fix] = []
        for index in 0..<count {
            let latitude = 48.1 + Double(index) * 1e-4
            let longitude = index.isMultiple(of: 10) ? 1.0 / 3 : 17.1
            let altitude: Double? = index.isMultiple(of: 2) ? 151.5 : nil
            fixes.append(
                Fix(
                    capturedAt: time.advanced(by: .seconds(index)), latitude: latitude, longitude: longitude,
                    accuracy: 5, altitude: altitude))
        }
        return fixes
    }

    private func run(_ url: HubURL) throws -> StreamRun {
        let track = try Track(
            source: "t", points: fixes(400).enumerated().map { TrackPoint(line: $0, fix: $1) })
        let identity = DeviceIdentity(group: group, source: "t", name: "Ada")
        var settings = DeviceSession.Settings()
        settings.queue.batch = 7
        settings.backoff = Backoff(first: .milliseconds(4), longest: .milliseconds(20))
        return StreamRun(
            devices: [
                StreamRun.Device(
                    identity: identity, source: TrackReplay(track, speed: .unlimited, start: time), label: "t")
            ], endpoint: try HubEndpoint(target: HubTarget(url: url, key: "k"), dialect: .packed), settings: settings,
            progress: .standardError(isQuiet: true), on: try Loop.start(index: 95))
    }

    @Test func `brings every fix as it is, over as many connections as it takes`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        await hub.on { hub in
            hub.speaksPacked = true
            var count = 0
            hub.react = { _, _ in
                count += 1
                return count == 5 ? .storeAndDrop : count == 9 ? .drop : .store
            }
        }
        let run = try run(url)
        await run.run()
        #expect(run.sessions[0].outcome == .completed)
        #expect(run.statistics.reconnects == 2)
        let stored = await hub.on(\.stored)[run.sessions[0].identity.id]
        #expect(stored?.map(\.latitude) == fixes(400).map(\.latitude))
        #expect(stored?.map(\.longitude) == fixes(400).map(\.longitude))
        #expect(stored?.map(\.altitude) == fixes(400).map(\.altitude))
        await hub.stop()
    }

    @Test func `ends at a hub that does not speak it`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        let run = try run(url)
        await run.run()
        guard case .failed(let failure) = run.sessions[0].outcome else {
            Issue.record("it went on")
            return
        }
        #expect(failure.message.contains("does not speak presence.v1.packed"))
        await hub.stop()
    }

    @Test func `is printed as the plain one is`() throws {
        let fix = fixes(1)[0]
        let member = GroupMember(
            device: device, displayName: "Ada", presence: Presence(status: .away, note: "n", lastSeenAt: time),
            lastFix: fix)
        var encoder = PackedGroupEncoder(group, number: 9)
        var codec = StreamCodec(.packed)
        /// Both forms of a message: as it goes over the wire, and as JSON.
        func check(_ packed: (inout PackedGroupEncoder, inout [UInt8]) -> Void, _ json: (inout [UInt8]) -> Void) throws
        {
            var bytes: [UInt8] = []
            packed(&encoder, &bytes)
            guard case .message(let message) = try codec.decode(bytes.span.bytes) else {
                Issue.record("a message is expected")
                return
            }
            var text: [UInt8] = []
            json(&text)
            #expect(
                String(decoding: message.json(received: bytes.span.bytes), as: UTF8.self)
                    == String(decoding: text, as: UTF8.self))
        }
        let snapshot = HubMessage.Snapshot(re: 1, group: group, members: [member])
        try check(
            { encoder, bytes in
                encoder.beginSnapshot(1, re: 1, to: &bytes)
                encoder.append(member, of: 0, to: &bytes)
            }, { HubMessageEncoder.snapshot(snapshot, to: &$0) })
        try check(
            { encoder, bytes in
                encoder.beginPositions(1, to: &bytes)
                _ = encoder.append(fix, of: 0, to: &bytes)
            }, { HubMessageEncoder.positions([DevicePosition(device: device, fix: fix)], in: group, to: &$0) })
        try check(
            { $0.presence(member.presence, of: 0, to: &$1) },
            { HubMessageEncoder.presence(member.presence, of: device, in: group, to: &$0) })
        try check(
            { $0.member(0, to: &$1) { HubMessageEncoder.updated(member, in: group, to: &$0) } },
            { HubMessageEncoder.updated(member, in: group, to: &$0) })
        try check(
            { $0.member(0, to: &$1) { HubMessageEncoder.left(device, displayName: "Ada", in: group, to: &$0) } },
            { HubMessageEncoder.left(device, displayName: "Ada", in: group, to: &$0) })
        try check(
            { $0.member(0, to: &$1) { HubMessageEncoder.joined(member, in: group, to: &$0) } },
            { HubMessageEncoder.joined(member, in: group, to: &$0) })
        try check(
            { PackedHubMessageEncoder.ack(re: 3, processed: 2, to: &$1) },
            { HubMessageEncoder.ack(re: 3, processed: 2, to: &$0) })
        try check({ HubMessageEncoder.ok(re: 4, to: &$1) }, { HubMessageEncoder.ok(re: 4, to: &$0) })
    }
}
