import Model
import Testing
import Wire

/// Sessions that watch groups of both loops: whichever they live on themselves, one of the two is another's.
@Suite(.timeLimit(.minutes(2)))
struct CrossLoopTests {
    @Test func `a watcher follows groups on every loop`() async throws {
        let hub = try await RunningHub.immediate.address()
        let groups = [GroupID.fresh("near", onLoop: 0), GroupID.fresh("far", onLoop: 1)]
        let watcher = try await TestClient.connect(hub)
        var devices: [TestClient] = []
        for group in groups {
            let device = try await TestClient.connect(hub, as: try await hub.register(in: group))
            let fix = Fix.sample()
            #expect(try await device.ask(.location(fix)).isAck)
            #expect(try await watcher.watch(group).members.first?.lastFix == fix)
            devices.append(device)
        }
        for fix in Fix.samples(10, until: .now.advanced(by: .seconds(20))) {
            for (device, group) in zip(devices, groups) {
                #expect(try await device.ask(.location(fix)).isAck)
                #expect(try await watcher.positions(of: group).map(\.fix) == [fix])
            }
        }
        // Once more asked for, each is sent anew; no longer asked for, it is silent.
        for (device, group) in zip(devices, groups) {
            let members = try await watcher.watch(group).members
            #expect(members.map(\.presence.status) == [.online])
            guard case .ok = try await watcher.ask(.unwatch(group)) else {
                Issue.record("unwatch is not confirmed")
                return
            }
            try await device.ask(.presence(.init(status: .busy)))
        }
        let fresh = try await watcher.watch(groups[0]).members + (try await watcher.watch(groups[1]).members)
        #expect(fresh.map(\.presence.status) == [.busy, .busy])
        for device in devices { await device.close() }
        await watcher.close()
    }

    @Test func `many watchers of many groups all end with the newest`() async throws {
        let hub = try await RunningHub.shared.address()
        let groups = (0..<6).map { GroupID.fresh("g\($0)", onLoop: $0 % 2) }
        var watchers: [TestClient] = []
        for _ in 0..<8 {
            let watcher = try await TestClient.connect(hub)
            for group in groups { _ = try await watcher.watch(group) }
            watchers.append(watcher)
        }
        let fixes = Fix.samples(200)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for group in groups {
                tasks.addTask {
                    let device = try await TestClient.connect(hub, as: try await hub.register(in: group))
                    for fix in fixes.dropLast() { await device.send(.location(fix)) }
                    guard try await device.ask(.location(fixes[199])).isAck else {
                        throw Unexpected(what: "no acknowledgement")
                    }
                    await device.close()
                }
            }
            try await tasks.waitForAll()
        }
        for watcher in watchers {
            var waiting = Set(groups)
            while !waiting.isEmpty {
                let group: GroupID = try await watcher.first("the newest of \(waiting.count) groups") {
                    if case .positions(let group, let positions) = $0, positions.last?.fix == fixes[199] {
                        group
                    } else {
                        nil
                    }
                }
                waiting.remove(group)
            }
            await watcher.close()
        }
    }

    @Test func `what a client sends behind its handshake goes with it to its group's loop`() async throws {
        let hub = try await RunningHub.shared.hub()
        let fixes = Fix.samples(8)
        for loop in [0, 1] {
            let id = try await hub.address.register(in: .fresh(onLoop: loop))
            // Each connection may be accepted by either loop.
            for fix in fixes {
                let connection = try await RawConnection.connect(port: hub.address.port)
                let message =
                    #"{"type":"location","id":4,"timestamp":\#(fix.capturedAt.milliseconds),"#
                    + #""latitude":1,"longitude":2,"accuracy":3}"#
                await connection.send(
                    Array(
                        ("GET /api/v1/stream?deviceId=\(id) HTTP/1.1\r\nHost: a\r\nX-API-Key: \(hub.address.key ?? "")\r\n"
                            + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").utf8)
                        + RawStream.frame(.text, Array(message.utf8)))
                #expect(try await connection.answer().status == 101)
                let stream = RawStream(connection: connection)
                #expect(try await stream.text().hasPrefix(#"{"type":"welcome""#))
                #expect(try await stream.text().hasPrefix(#"{"type":"ack","re":4,"processed":1"#))
                await connection.close()
            }
            #expect(try await hub.stored(id) == fixes.map(\.capturedAt.milliseconds))
        }
    }
}
