import EventLoop
import HTTP
import Measuring
import Model
import TerminalText
import Testing
import WebSocket
import Wire

@testable import hubctl

@Suite struct `Devices that stream` {
    private let start = WallClock.now

    private func track(_ count: Int, step: Int64 = 1000) throws -> Track {
        try Track(
            source: "t",
            points: (0..<count).map { index in
                TrackPoint(
                    line: 1,
                    fix: Fix(
                        capturedAt: Timestamp(milliseconds: 1_000_000_000_000 + Int64(index) * step),
                        latitude: Double(index % 90), longitude: 1, accuracy: 1))
            })
    }

    private func devices(_ count: Int, fixes: Int, speed: ReplaySpeed = .unlimited) throws -> [StreamRun.Device] {
        let group = try #require(GroupID("g1"))
        let track = try track(fixes)
        return (0..<count).map { index in
            StreamRun.Device(
                identity: DeviceIdentity(group: group, source: "\(index)", name: "d\(index)"),
                source: TrackReplay(track, speed: speed, start: start), label: "\(index)")
        }
    }

    private var settings: DeviceSession.Settings {
        var settings = DeviceSession.Settings()
        settings.backoff = Backoff(first: .milliseconds(4), longest: .milliseconds(20))
        settings.keepsReport = true
        return settings
    }

    /// Streams to a hub that is set up by `script`, and looks at it with `check` before it stops.
    private func stream(
        _ devices: [StreamRun.Device], settings: DeviceSession.Settings? = nil,
        script: @escaping @Sendable (ScriptedHub) -> Void = { _ in },
        check: (StreamRun, ScriptedHub) async throws -> Void
    ) async throws {
        let (hub, url) = try await ScriptedHub.start()
        await hub.on(script)
        let endpoint = try HubEndpoint(target: HubTarget(url: url, key: "k"))
        let run = StreamRun(
            devices: devices, endpoint: endpoint, settings: settings ?? self.settings,
            progress: .standardError(isQuiet: true),
            on: try Loop.start(index: 91))
        await run.run()
        try await check(run, hub)
        await hub.stop()
    }

    @Test func `have everything acknowledged, in order and in full batches`() async throws {
        try await stream(devices(3, fixes: 230)) { run, hub in
            let stored = await hub.on(\.stored)
            for session in run.sessions {
                #expect(session.outcome == .completed)
                #expect(stored[session.identity.id]?.map(\.capturedAt.milliseconds) == session.reported)
                #expect(session.reported.count == 230)
                #expect(session.reported == session.reported.sorted())
            }
            let summary = StreamSummary(run)
            #expect(summary.exitCode == .ok)
            #expect(summary.acknowledged == 690)
            #expect(summary.reconnects == 0)
            #expect(run.statistics.messages == 15)
        }
    }

    /// A hub that loses connections before and after storing, asks for patience, says goodbye and refuses upgrades.
    @Test(arguments: [1, 2, 3, 4])
    func `lose nothing at a hub that is lost again and again`(seed: Int) async throws {
        try await stream(
            devices(3, fixes: 400),
            script: { hub in
                var generator = SeededGenerator(seed: UInt64(seed))
                hub.react = { _, _ in
                    switch Int.random(in: 0..<100, using: &generator) {
                    case ..<50: .store
                    case ..<62: .storeAndDrop
                    case ..<74: .drop
                    case ..<82: .refuse(.serviceUnavailable, retryAfter: nil)
                    case ..<88: .refuse(.rateLimitExceeded, retryAfter: 0)
                    case ..<94: .goodbye(.milliseconds(3))
                    case ..<97: .close(1013)
                    default: .close(1011)
                    }
                }
                hub.answer = { request in
                    guard request.path.hasSuffix("/stream"), Int.random(in: 0..<10, using: &generator) == 0 else {
                        return nil
                    }
                    return .text("full", status: .serviceUnavailable)
                }
            },
            check: { run, hub in
                let stored = await hub.on(\.stored)
                let all = try devices(3, fixes: 400)
                for (session, device) in zip(run.sessions, all) {
                    var source = device.source
                    var expected: [Int64] = []
                    while let fix = source.next() { expected.append(fix.fix.capturedAt.milliseconds) }
                    #expect(session.outcome == .completed)
                    #expect(session.reported.sorted() == expected)
                    #expect(stored[session.identity.id]?.map(\.capturedAt.milliseconds).sorted() == expected)
                }
                #expect(StreamSummary(run).exitCode == .ok)
                #expect(run.statistics.reconnects > 0)
                #expect(run.statistics.repeated > 0)
            })
    }

    @Test func `give up together when the key is not accepted`() async throws {
        try await stream(
            devices(4, fixes: 10),
            script: { hub in
                hub.answer = { _ in
                    .json(
                        Array(#"{"error":"unauthorized","message":"Invalid or missing API key"}"#.utf8),
                        status: .unauthorized)
                }
            },
            check: { run, _ in
                let summary = StreamSummary(run)
                #expect(summary.exitCode == .refused)
                #expect(
                    summary.failures.map(\.message) == [
                        "Invalid or missing API key; run 'hubctl login' with a valid key"
                    ])
                #expect(summary.unacknowledged == 40)
            })
    }

    @Test(arguments: [(1008, ExitCode.refused), (1009, .fault), (1002, .fault)])
    func `do not come back where the protocol says not to`(code: Int, exit: ExitCode) async throws {
        try await stream(
            devices(1, fixes: 10), script: { hub in hub.react = { _, _ in .close(UInt16(code)) } },
            check: { run, hub in
                #expect(StreamSummary(run).exitCode == exit)
                #expect(await hub.on(\.upgrades.count) == 1)
            })
    }

    @Test func `have one fix refused and the others stored`() async throws {
        try await stream(
            devices(1, fixes: 60),
            script: { hub in
                hub.react = { _, fixes in
                    fixes.contains { $0.latitude == 33 } ? .refuse(.validationError, retryAfter: nil) : .store
                }
            },
            check: { run, hub in
                let summary = StreamSummary(run)
                #expect(summary.rejected == 1)
                #expect(summary.acknowledged == 59)
                #expect(summary.exitCode == .badData)
                let stored = await hub.on(\.stored)
                #expect(stored[run.sessions[0].identity.id]?.contains { $0.latitude == 33 } == false)
            })
    }

    @Test func `come back after a goodbye no sooner than asked`() async throws {
        try await stream(
            devices(1, fixes: 5),
            script: { hub in
                hub.react = { [unowned hub] _, _ in
                    hub.upgrades.count == 1 ? .goodbye(.milliseconds(300)) : .store
                }
            },
            check: { run, hub in
                #expect(StreamSummary(run).exitCode == .ok)
                let upgrades = await hub.on(\.upgrades)
                #expect(upgrades.count == 2)
                #expect(upgrades[1] - upgrades[0] >= .milliseconds(300))
            })
    }

    @Test func `keep to the limit the hub told of`() async throws {
        let start = ContinuousClock.now
        try await stream(
            devices(1, fixes: 12),
            settings: {
                var settings = settings
                settings.queue.batch = 1
                return settings
            }(),
            script: { $0.locationsPerSecond = 5 },
            check: { run, _ in
                #expect(StreamSummary(run).exitCode == .ok)
                // Five, five and two. What leaves in time may arrive together, so that the hub cannot tell; a loop's time is in
                // whole milliseconds.
                #expect(ContinuousClock.now - start > .milliseconds(1_990))
            })
    }

    @Test func `at a hub that is not there give up when their patience ends`() async throws {
        var settings = settings
        settings.patience = .milliseconds(50)
        let (hub, url) = try await ScriptedHub.start()
        await hub.stop()
        let run = StreamRun(
            devices: try devices(2, fixes: 3), endpoint: try HubEndpoint(target: HubTarget(url: url, key: "k")),
            settings: settings, progress: .standardError(isQuiet: true), on: try Loop.start(index: 92))
        await run.run()
        #expect(StreamSummary(run).exitCode == .unreachable)
    }

    @Test func `stop when told to, with what was sent acknowledged`() async throws {
        let group = try #require(GroupID("g1"))
        let cast = Cast(count: 3, seed: 4)
        let devices = cast.members.map { member in
            StreamRun.Device(
                identity: DeviceIdentity(group: group, source: member.name, name: member.name),
                source: SimulatedPhone(
                    mode: member.mode, plan: cast.plan, seed: member.seed, start: start, factor: 100),
                label: member.name)
        }
        let (hub, url) = try await ScriptedHub.start()
        let run = StreamRun(
            devices: devices, endpoint: try HubEndpoint(target: HubTarget(url: url, key: "k")), settings: settings,
            progress: .standardError(isQuiet: true), on: try Loop.start(index: 93))
        await hub.on { hub in
            nonisolated(unsafe) var isStopped = false
            hub.react = { _, _ in
                // Told twice it would not wait for what is on its way.
                if !isStopped, hub.stored.values.reduce(0, { $0 + $1.count }) > 10 {
                    isStopped = true
                    run.stop()
                }
                return .store
            }
        }
        await run.run()
        let stored = await hub.on { $0.stored.values.reduce(0) { $0 + $1.count } }
        let summary = StreamSummary(run)
        #expect(summary.exitCode == .ok)
        #expect(summary.unacknowledged == 0)
        #expect(stored == summary.acknowledged)
        #expect(stored > 10)
        await hub.stop()
    }

    @Test func `send no more in a message than the hub told of`() async throws {
        try await stream(
            devices(1, fixes: 60),
            script: { hub in
                hub.fixesPerMessage = 7
                hub.react = { _, fixes in fixes.count > 7 ? .close(1009) : .store }
            },
            check: { run, _ in
                #expect(StreamSummary(run).exitCode == .ok)
                #expect(run.statistics.messages == 9)
            })
    }

    @Test func `stopped before the end of a track do not count as done`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        let run = StreamRun(
            devices: try devices(1, fixes: 5000, speed: .times(1)),
            endpoint: try HubEndpoint(target: HubTarget(url: url, key: "k")), settings: settings,
            progress: .standardError(isQuiet: true), on: try Loop.start(index: 95))
        await hub.on { hub in
            nonisolated(unsafe) var isStopped = false
            hub.react = { _, _ in
                if !isStopped { run.stop() }
                isStopped = true
                return .store
            }
        }
        await run.run()
        let summary = StreamSummary(run)
        #expect(summary.exitCode == .tryLater)
        #expect(summary.total == 5000)
        #expect(summary.lines.last == "stopped before the end of the tracks")
        await hub.stop()
    }

    @Test func `report what was acknowledged, without a position`() async throws {
        try await stream(devices(1, fixes: 3)) { run, _ in
            let text = StreamReport.text(run.sessions, labels: ["a.csv"])
            let times = run.sessions[0].reported.map(String.init).joined(separator: ",")
            #expect(
                text == #"{"deviceId":"\#(run.sessions[0].identity.id)","group":"g1","track":"a.csv","unacked":0,"#
                    + #""acked":[\#(times)]}"# + "\n")
        }
    }
}

@Suite struct `The end of a stream` {
    @Test(arguments: [
        (LinkEnd.closed(code: 1001, reason: ""), true), (.closed(code: 1011, reason: ""), true),
        (.closed(code: 1012, reason: ""), true), (.closed(code: 1013, reason: ""), true),
        (.closed(code: nil, reason: ""), true), (.silence, true), (.unreachable("refused"), true),
        (.closed(code: 1000, reason: ""), false), (.closed(code: 1002, reason: ""), false),
        (.closed(code: 1003, reason: ""), false), (.closed(code: 1007, reason: ""), false),
        (.closed(code: 1008, reason: ""), false), (.closed(code: 1009, reason: ""), false),
        (.noHub("x"), false), (.fault("x"), false), (.notTrusted("x"), false),
        (.refused(HubRefusal(status: 503, body: [])), true), (.refused(HubRefusal(status: 429, body: [])), true),
        (.refused(HubRefusal(status: 401, body: [])), false), (.refused(HubRefusal(status: 404, body: [])), false),
    ])
    func `is followed by another attempt only where that may help`(end: LinkEnd, retries: Bool) {
        if case .retry = end.consequence(goodbye: nil) { #expect(retries) } else { #expect(!retries) }
    }

    @Test func `is followed by the wait the hub asked for`() {
        let busy = HubRefusal(status: 503, retryAfter: 7, body: [])
        #expect(LinkEnd.refused(busy).consequence(goodbye: nil) == .retry(asked: .seconds(7)))
        let leaving = LinkEnd.closed(code: 1001, reason: "restart")
        #expect(leaving.consequence(goodbye: .milliseconds(1500)) == .retry(asked: .milliseconds(1500)))
    }

    @Test(arguments: [
        (
            401, #"{"error":"unauthorized","message":"Invalid or missing API key"}"#, ExitCode.refused,
            "Invalid or missing API key; run 'hubctl login' with a valid key"
        ),
        (
            409, #"{"error":"group_full","message":"Group has reached maximum device limit (20)"}"#, .badData,
            "Group has reached maximum device limit (20)"
        ),
        (
            400, #"{"message":"Validation failed","details":[{"field":"latitude","message":"too far"}]}"#, .badData,
            "Validation failed: latitude: too far"
        ),
        (429, #"{"message":"Too many requests","retryAfter":1.5}"#, .tryLater, "Too many requests (try again in 2 s)"),
        (500, "<html>", .fault, "the hub answered 500 (status 500)"),
    ])
    func `by a refusal is told in the hub's words`(status: Int, body: String, code: ExitCode, message: String) {
        let failure = HubRefusal(status: status, body: Array(body.utf8)).failure
        #expect(failure == CommandFailure(code, message))
    }
}
