import EventLoop
import Model
import TerminalText
import Testing
import Wire

@testable import hubctl

@Suite struct `A watched group` {
    private let now = Timestamp(milliseconds: 1_795_170_600_000)
    private let group: GroupID
    private let ada = DeviceID(UniqueID(high: 1, low: 1))
    private let ben = DeviceID(UniqueID(high: 1, low: 2))

    init() throws { group = try #require(GroupID("family")) }

    private func fix(_ seconds: Int, latitude: Double = 48.1486, speed: Double? = nil, battery: Int? = nil) -> Fix {
        Fix(
            capturedAt: now.advanced(by: .seconds(seconds)), latitude: latitude, longitude: 17.1077, accuracy: 5,
            speed: speed, batteryLevel: battery)
    }

    private func member(_ id: DeviceID, _ name: String, _ status: PresenceStatus, _ fix: Fix? = nil) -> GroupMember {
        GroupMember(
            device: id, displayName: name, presence: Presence(status: status, lastSeenAt: now), lastFix: fix)
    }

    private func model(_ members: [GroupMember]) -> WatchModel {
        var model = WatchModel(group: group)
        _ = model.apply(.snapshot(HubMessage.Snapshot(re: 1, group: group, members: members)), at: now)
        return model
    }

    @Test func `is drawn as a table that says how long ago, where, how fast`() {
        let model = model([
            member(ben, "Ben", .offline),
            member(ada, "Ada", .online, fix(-5, speed: 1.4, battery: 81)),
        ])
        let screen = WatchScreen(model: model, link: .live, messages: 3)
        #expect(
            screen.lines(size: Terminal.Size(columns: 80, rows: 24), now: now, isColoured: false) == [
                "family  1 of 2 online  live",
                "",
                "NAME  STATUS   SEEN  PLACE                  SPEED  BATTERY",
                "Ada   online    5 s  48.14860, 17.10770  5.0 km/h      81%",
                "Ben   offline   now  -                          -        -",
            ])
    }

    @Test(arguments: [false, true])
    func `fits into any terminal`(showsMap: Bool) {
        var screen = WatchScreen(
            model: model(
                (0..<20).map { member(DeviceID(UniqueID(high: 2, low: UInt64($0))), "Somebody \($0)", .online, fix(0)) }
            ),
            link: .lost("the connection was lost"), messages: 0)
        screen.showsMap = showsMap
        for columns in [1, 10, 20, 40, 60, 80, 200] {
            for rows in [1, 2, 3, 10, 50] {
                let lines = screen.lines(
                    size: Terminal.Size(columns: columns, rows: rows), now: now, isColoured: false)
                #expect(lines.count <= rows)
                for line in lines { #expect(DisplayWidth.of(line) <= columns, "\(columns)x\(rows): \(line)") }
            }
        }
    }

    @Test func `tells ages by the hub's clock`() {
        var model = model([member(ada, "Ada", .online, fix(-5))])
        let welcome = HubMessage.Welcome(
            session: SessionID(UniqueID(high: 0, low: 0)), serverTime: now.advanced(by: .seconds(100)), heartbeat: 25,
            limits: HubMessage.Limits(messageBytes: 1, fixesPerMessage: 1, locationsPerSecond: 1))
        _ = model.apply(.welcome(welcome), at: now)
        let lines = WatchScreen(model: model, link: .live, messages: 0)
            .lines(size: Terminal.Size(columns: 80, rows: 9), now: now, isColoured: false)
        #expect(lines[3].contains("1 min"))
    }

    @Test func `moves its members and never back in time`() {
        var model = model([member(ada, "Ada", .online, fix(0))])
        let moved = model.apply(
            .positions(group, [DevicePosition(device: ada, fix: fix(10, latitude: 48.1496))]), at: now)
        #expect(moved == [ada])
        #expect(model.members[ada]?.fix?.latitude == 48.1496)
        // A thousandth of a degree, 111 metres, in ten seconds.
        #expect(abs((model.members[ada]?.speed ?? 0) - 11.1) < 0.1)
        let late = model.apply(.positions(group, [DevicePosition(device: ada, fix: fix(5))]), at: now)
        #expect(late.isEmpty)
        #expect(model.members[ada]?.fix?.latitude == 48.1496)
        let told = fix(20, latitude: 48.2, speed: 3)
        _ = model.apply(.positions(group, [DevicePosition(device: ada, fix: told)]), at: now)
        #expect(model.members[ada]?.speed == 3)
        let stranger = model.apply(.positions(group, [DevicePosition(device: ben, fix: told)]), at: now)
        #expect(stranger.isEmpty)
    }

    @Test func `hears of members that come, go and change`() throws {
        var model = model([member(ada, "Ada", .online)])
        func change(_ kind: HubMessage.MemberChange.Kind, _ id: DeviceID, _ name: String, _ state: GroupMember?)
            -> [DeviceID]
        {
            model.apply(
                .member(HubMessage.MemberChange(group: group, kind: kind, device: id, displayName: name, state: state)),
                at: now)
        }
        _ = change(.joined, ben, "Ben", member(ben, "Ben", .busy))
        #expect(model.sorted.map(\.member.name) == ["Ada", "Ben"])
        _ = change(.updated, ben, "Aaron", member(ben, "Aaron", .busy))
        #expect(model.sorted.map(\.member.name) == ["Aaron", "Ada"])
        _ = change(.left, ada, "Ada", nil)
        #expect(model.sorted.map(\.member.name) == ["Aaron"])
        let away = Presence(status: .away, note: "lunch", lastSeenAt: now)
        _ = model.apply(.presence(HubMessage.PresenceChange(group: group, device: ben, presence: away)), at: now)
        #expect(model.members[ben]?.presence == away)
        let elsewhere = try #require(GroupID("others"))
        let other = HubMessage.PresenceChange(
            group: elsewhere, device: ben, presence: Presence(status: .online, lastSeenAt: now))
        let changed = model.apply(.presence(other), at: now)
        #expect(changed.isEmpty)
    }

    @Test func `is replaced whole by a snapshot`() {
        var model = model([member(ada, "Ada", .online)])
        _ = model.apply(
            .snapshot(HubMessage.Snapshot(re: 2, group: group, members: [member(ben, "B\u{1b}[2Jen", .online)])),
            at: now)
        #expect(model.sorted.map(\.member.name) == ["B [2Jen"])
    }

    @Test func `knows distances across the date line`() {
        let west = Fix(capturedAt: now, latitude: 0, longitude: 179.9995, accuracy: 1)
        let east = Fix(capturedAt: now, latitude: 0, longitude: -179.9995, accuracy: 1)
        #expect(abs(WatchModel.metres(from: west, to: east) - 111.2) < 0.5)
    }

    @Test func `is watched over as many connections as it takes`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        let run = WatchRun(
            group: group, endpoint: try HubEndpoint(target: HubTarget(url: url, key: "k")), form: .lines, count: 4,
            length: nil, patience: .seconds(20), on: try Loop.start(index: 94))
        await hub.on { hub in hub.dropsFirstWatch = true }
        let failure = await run.run()
        #expect(failure == nil)
        #expect(await hub.on(\.watched) == [group, group])
        #expect(await hub.on(\.deflated) == 0)
        await hub.stop()
    }

    @Test(arguments: [true, false])
    func `is watched compressed only where the hub agrees to it`(agrees: Bool) async throws {
        let (hub, url) = try await ScriptedHub.start()
        await hub.on { hub in hub.deflates = agrees }
        let endpoint = try HubEndpoint(target: HubTarget(url: url, key: "k"), deflates: true)
        let run = WatchRun(
            group: group, endpoint: endpoint, form: .lines, count: 2, length: nil, patience: .seconds(20),
            on: try Loop.start(index: 96))
        let failure = await run.run()
        #expect(failure?.message.contains("does not agree to permessage-deflate") == (agrees ? nil : true))
        #expect(await hub.on(\.watched) == (agrees ? [group] : []))
        #expect(await hub.on(\.deflated) == (agrees ? 1 : 0))
        await hub.stop()
    }
}

@Suite struct `The progress of a stream` {
    private let details = StreamDetails(
        sent: 1300, p50: 1200, p99: 12_300, reconnects: 2, connected: 19, devices: 20,
        trouble: "the connection was\u{1b}[2J lost")

    @Test func `tells what matters most first, and nothing that moves the cursor`() {
        #expect(
            details.texts == [
                "sent 1,300", "p50 1.2 ms p99 12.3 ms", "19/20 connected", "reconnects 2",
                "the connection was [2J lost",
            ])
    }

    @Test func `leaves out what matters least where there is no room`() {
        var meter = ProgressMeter(total: 2500, at: .zero)
        meter.move(to: 1250, at: .zero)
        let text = ProgressText("acknowledged", .count("fixes"), meter, details: details.texts)
        #expect(
            text.line(width: 80)
                == "acknowledged  [=========>          ]  50 %  1,250 of 2,500 fixes  sent 1,300")
        for width in 0..<130 { #expect(DisplayWidth.of(text.line(width: width)) <= width) }
    }
}

@Suite struct `The pace of a device` {
    @Test(arguments: [1, 5, 10])
    func `stays below the hub's limit in any second`(limit: Int) {
        var pace = SendPace(gather: .zero)
        pace.perSecond = limit
        var now: UInt64 = 5
        var sent: [UInt64] = []
        for _ in 0..<200 {
            now += pace.wait(at: now)
            #expect(pace.wait(at: now) == 0)
            pace.didSend(at: now)
            sent.append(now)
        }
        for (first, later) in zip(sent, sent.dropFirst(limit)) { #expect(later - first > 1000) }
    }

    @Test func `lets fixes gather, and without limits waits for nothing`() {
        var gathering = SendPace(gather: .milliseconds(200))
        gathering.didSend(at: 1000)
        #expect(gathering.wait(at: 1050) == 150)
        #expect(gathering.wait(at: 1200) == 0)
        var free = SendPace(gather: .zero)
        for _ in 0..<100 { free.didSend(at: 7) }
        #expect(free.wait(at: 7) == 0)
    }
}
