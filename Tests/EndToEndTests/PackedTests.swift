import Configuration
import EventLoop
import HTTP
import Model
import Testing
import WebSocket
import Wire

/// `presence.v1.packed` on a real hub: it means what `presence.v1` means.
@Suite(.timeLimit(.minutes(3)))
struct PackedTests {
    /// What a watcher knows of a group, learnt message by message.
    private struct View: Equatable {
        var fixes: [DeviceID: Fix] = [:]
        var presences: [DeviceID: PresenceStatus] = [:]

        mutating func take(_ message: HubMessage) {
            switch message {
            case .snapshot(let snapshot):
                self = View()
                for member in snapshot.members {
                    fixes[member.device] = member.lastFix
                    presences[member.device] = member.presence.status
                }
            case .positions(_, let positions): for position in positions { fixes[position.device] = position.fix }
            case .presence(let change): presences[change.device] = change.presence.status
            case .member(let change):
                fixes[change.device] = change.state?.lastFix
                presences[change.device] = change.state?.presence.status
            default: break
            }
        }
    }

    /// Every kind of value: near, far, of many decimals, without most members and with all.
    private static func fixes(_ count: Int) -> [Fix] {
        Fix.samples(count).enumerated().map { index, fix in
            var fix = fix
            fix.longitude = index % 5 == 0 ? 16.123456789012345 : 16.3738 + Double(index) * 1e-5
            if index % 7 == 0 { fix.latitude = -33.45 }
            if index % 2 == 0 {
                fix.altitude = 171.3
                fix.bearing = 12.345
                fix.speed = Double(Float(1.37))
                fix.provider = "gps"
                fix.batteryLevel = 100 - index % 100
                fix.networkType = "réseau"
            }
            return fix
        }
    }

    @Test(arguments: [0, 1])
    func `a packed and a plain watcher of a group see the same`(loop: Int) async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh(onLoop: loop)
        var (plain, packed) = (View(), View())
        let watchers = (try await TestClient.connect(hub), try await TestClient.connectPacked(hub))
        let ids = [try await hub.register(in: group), try await hub.register(in: group, name: "Ben")]
        // One of the senders is packed too.
        let devices = [
            try await TestClient.connectPacked(hub, as: ids[0]), try await TestClient.connect(hub, as: ids[1]),
        ]
        plain.take(.snapshot(try await watchers.0.watch(group)))
        packed.take(.snapshot(try await watchers.1.watch(group)))
        for (place, fix) in PackedTests.fixes(60).enumerated() {
            #expect(try await devices[place % 2].ask(.location(fix)).isAck)
            if place == 20 { try await devices[0].ask(.presence(.init(status: .busy, note: "\u{2602}"))) }
        }
        let last = Fix.sample(at: .now.advanced(by: .seconds(30)))
        for device in devices { #expect(try await device.ask(.location(last)).isAck) }
        let third = try await hub.register(in: group, name: "Cy")
        func learn(_ view: inout View, from watcher: TestClient) async throws {
            while ids.contains(where: { view.fixes[$0] != last }) || view.presences[third] == nil {
                view.take(try await watcher.next())
            }
        }
        try await learn(&plain, from: watchers.0)
        try await learn(&packed, from: watchers.1)
        #expect(plain == packed)
        #expect(packed.presences == [ids[0]: .busy, ids[1]: .online, third: .offline])
        // Asked again, both are told the same, to the last bit.
        let again = (try await watchers.0.watch(group), try await watchers.1.watch(group))
        #expect(again.0.members.sorted { $0.device < $1.device } == again.1.members.sorted { $0.device < $1.device })
        for client in devices + [watchers.0, watchers.1] { await client.close() }
    }

    @Test func `what a packed sender reports is stored as JSON would have brought it`() async throws {
        let hub = try await RunningHub.immediate.hub()
        let group = GroupID.fresh()
        let (packed, plain) = (
            try await hub.address.register(in: group), try await hub.address.register(in: group, name: "Plain")
        )
        let fixes = PackedTests.fixes(120)
        let sender = try await TestClient.connectPacked(hub.address, as: packed)
        let other = try await TestClient.connect(hub.address, as: plain)
        for client in [sender, other] {
            for fix in fixes.prefix(20) { #expect(try await client.ask(.location(fix)).isAck) }
            for start in [20, 70] {
                #expect(try await client.ask(.locations(Array(fixes[start..<start + 50]))).isAck)
            }
        }
        let stored = try await hub.storedValues(packed)
        #expect(stored.count == fixes.count)
        #expect(stored == (try await hub.storedValues(plain)))
        #expect(stored[0].hasPrefix("(\(fixes[0].capturedAt.milliseconds),\(fixes[0].latitude),\(fixes[0].longitude),"))
        // A refused one leaves the connection open, and what comes next understood.
        var wrong = fixes[0]
        wrong.latitude = 90.5
        guard case .error(let failure) = try await sender.ask(.location(wrong)) else {
            Issue.record("the fix was taken")
            return
        }
        #expect(failure.code == .validationError && failure.details.map(\.field) == ["latitude"])
        #expect(try await sender.ask(.location(.sample(at: .now.advanced(by: .seconds(5))))).isAck)
        await sender.close()
        await other.close()
    }

    @Test func `bytes that are no message are answered, and the connection stays`() async throws {
        let hub = try await RunningHub.shared.address()
        let client = try await TestClient.connectPacked(hub, as: try await hub.register(in: .fresh()))
        let samples: [([UInt8], ErrorCode)] = [
            ([0x01, 0xFF], .invalidFormat), ([0x7F], .unknownType), ([], .invalidFormat),
        ]
        for (bytes, code) in samples {
            await client.sendBinary(bytes)
            #expect(try await client.failure().code == code)
        }
        #expect(try await client.ask(.location(.sample())).isAck)
        await client.close()
    }

    @Test func `a text message is closed with 1003`() async throws {
        let hub = try await RunningHub.shared.address()
        let client = try await TestClient.connectPacked(hub)
        await client.send(text: #"{"type":"ping"}"#)
        #expect(try await client.ended().code == 1003)
    }

    @Test(arguments: [
        (["presence.v1.packed", "presence.v1"], "presence.v1.packed"),
        (["presence.v1", "presence.v1.packed"], "presence.v1"),
        (["presence.v9", "presence.v1.packed"], "presence.v1.packed"),
    ])
    func `the first that the hub knows is selected, in the client's order`(
        offered: [String], selected: String
    ) async throws {
        let hub = try await RunningHub.shared.address()
        let stream = try await RawConnection.connect(port: hub.port)
        await stream.send(
            Array(
                ("GET /api/v1/stream HTTP/1.1\r\nHost: a\r\nX-API-Key: \(hub.key ?? "")\r\nUpgrade: websocket\r\n"
                    + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + "Sec-WebSocket-Protocol: \(offered.joined(separator: ", "))\r\n\r\n").utf8))
        let answer = try await stream.answer()
        #expect(answer.status == 101)
        #expect(answer["Sec-WebSocket-Protocol"] == selected)
        await stream.close()
    }

    @Test func `a packed watcher that stops reading is told the newest when it reads again`() async throws {
        try await RunningHub.with {
            // However long a slow machine takes, nobody is dropped for having sent no pong.
            $0.presence.heartbeat = .seconds(600)
            $0.fanout.tick = .zero
            $0.fanout.outboundBytes = 16_384
        } _: { hub in
            let groups = [GroupID.fresh("near", onLoop: 0), GroupID.fresh("far", onLoop: 1)]
            let slow = try await TestClient.connectPacked(hub.address)
            var devices: [TestClient] = []
            for group in groups {
                devices.append(
                    try await TestClient.connect(hub.address, as: try await hub.address.register(in: group)))
                _ = try await slow.watch(group)
            }
            await slow.stopReading()
            let note = String(repeating: "x", count: 139)
            let now = Timestamp.now
            for number in 0..<30_000 {
                await devices[number % 2].send(.presence(.init(status: .busy, note: note + "\(number / 2 % 10)")))
                guard number % 500 >= 498 else { continue }
                // Far enough apart for every one to move the anchor.
                let fix = Fix.sample(
                    at: now.advanced(by: .milliseconds(number)), latitude: Double(number % 170) - 85)
                #expect(try await devices[number % 2].ask(.location(fix)).isAck)
            }
            let last = Fix.sample(at: now.advanced(by: .seconds(40)), latitude: -33, longitude: -70)
            for device in devices { #expect(try await device.ask(.location(last)).isAck) }
            await slow.readOn()
            var (count, places) = (0, [GroupID: Fix]())
            while groups.contains(where: { places[$0] != last }) {
                count += 1
                switch try await slow.next() {
                case .positions(let group, let positions): places[group] = positions.last?.fix
                case .snapshot(let snapshot): places[snapshot.group] = snapshot.members.first?.lastFix
                default: break
                }
            }
            #expect(count < 30_000, "everything it missed was kept for it")
            for client in devices + [slow] { await client.close() }
        }
    }
}
