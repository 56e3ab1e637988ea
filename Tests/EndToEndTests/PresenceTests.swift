import Configuration
import Model
import Testing
import Wire

/// Who is there, and what members are told of it.
@Suite(.timeLimit(.minutes(2)))
struct PresenceTests {
    @Test func `members are told who comes and who goes`() async throws {
        let hub = try await RunningHub.immediate.address()
        let group = GroupID.fresh()
        let id = try await hub.register(in: group)
        let watcher = try await TestClient.connect(hub)
        #expect(try await watcher.watch(group).members.first?.presence.status == .offline)
        let before = Timestamp.now
        let device = try await TestClient.connect(hub, as: id)
        let online = try await watcher.presence(of: id)
        #expect(online.status == .online)
        #expect(online.lastSeenAt >= before)
        await device.close()
        let offline = try await watcher.presence(of: id)
        #expect(offline.status == .offline)
        #expect(offline.lastSeenAt >= online.lastSeenAt && offline.lastSeenAt <= .now)
        #expect(try await hub.list(group).first?["lastSeenAt"]?.string == offline.lastSeenAt.rfc3339)
        await watcher.close()
    }

    @Test func `a device is what it says it is`() async throws {
        let hub = try await RunningHub.immediate.address()
        let group = GroupID.fresh()
        let id = try await hub.register(in: group)
        let watcher = try await TestClient.connect(hub)
        _ = try await watcher.watch(group)
        let device = try await TestClient.connect(hub, as: id)
        #expect(try await watcher.presence(of: id).status == .online)
        for (status, note) in [
            (PresenceStatus.away, "lunch 🍜"), (.busy, String(repeating: "é", count: 140)), (.online, nil),
        ] {
            guard case .ok = try await device.ask(.presence(.init(status: status, note: note))) else {
                Issue.record("\(status) is not confirmed")
                continue
            }
            let presence = try await watcher.presence(of: id)
            #expect(presence.status == status)
            #expect(presence.note == note)
        }
        await device.close()
        #expect(try await watcher.presence(of: id).status == .offline)
        // Who comes back after an absence is online and has no note.
        let again = try await TestClient.connect(hub, as: id)
        let presence = try await watcher.presence(of: id)
        #expect(presence.status == .online)
        #expect(presence.note == nil)
        await again.close()
        await watcher.close()
    }

    @Test func `an invisible device looks offline and its last seen stands still`() async throws {
        let hub = try await RunningHub.immediate.address()
        let group = GroupID.fresh()
        let id = try await hub.register(in: group)
        let watcher = try await TestClient.connect(hub)
        _ = try await watcher.watch(group)
        let device = try await TestClient.connect(hub, as: id)
        #expect(try await watcher.presence(of: id).status == .online)
        try await device.ask(.presence(.init(status: .invisible, note: "hidden")))
        let hidden = try await watcher.presence(of: id)
        #expect(hidden.status == .offline)
        #expect(hidden.note == nil)
        let list = try await hub.list(group)
        #expect(list.first?["status"]?.string == "offline")
        #expect(list.first?["note"] == nil)
        // It is there all the same: its reports are taken, and it tells when it wants to.
        try await Support.eventually("a millisecond passes") { Timestamp.now > hidden.lastSeenAt }
        try await device.settle()
        let member = try #require(try await watcher.watch(group).members.first)
        #expect(member.presence == hidden)
        try await device.ask(.presence(.init(status: .online)))
        let shown = try await watcher.presence(of: id)
        #expect(shown.status == .online)
        #expect(shown.lastSeenAt > hidden.lastSeenAt)
        await device.close()
        await watcher.close()
    }

    @Test func `nobody hears of a device that comes back within the grace`() async throws {
        try await RunningHub.with {
            $0.presence.grace = .seconds(600)
        } _: { hub in
            let group = GroupID.fresh()
            let id = try await hub.address.register(in: group)
            let watcher = try await TestClient.connect(hub.address)
            _ = try await watcher.watch(group)
            let device = try await TestClient.connect(hub.address, as: id)
            #expect(try await watcher.presence(of: id).status == .online)
            try await device.ask(.presence(.init(status: .busy, note: "tunnel")))
            #expect(try await watcher.presence(of: id).status == .busy)
            await device.close()
            #expect(try await hub.address.list(group).first?["status"]?.string == "busy")
            let again = try await TestClient.connect(hub.address, as: id)
            try await again.settle()
            await watcher.send(.ping, id: 5)
            #expect(try await watcher.next().re == 5)
            #expect(try await watcher.watch(group).members.first?.presence.note == "tunnel")
            await again.close()
            await watcher.close()
        }
    }

    @Test func `a device that stays away is offline when the grace is over, once`() async throws {
        try await RunningHub.with {
            $0.presence.grace = .seconds(1)
        } _: { hub in
            let group = GroupID.fresh()
            let id = try await hub.address.register(in: group)
            let watcher = try await TestClient.connect(hub.address)
            _ = try await watcher.watch(group)
            let device = try await TestClient.connect(hub.address, as: id)
            #expect(try await watcher.presence(of: id).status == .online)
            let left = ContinuousClock.now
            await device.abort()
            #expect(try await watcher.presence(of: id).status == .offline)
            #expect(ContinuousClock.now - left >= .milliseconds(990))
            await watcher.send(.ping, id: 5)
            #expect(try await watcher.next().re == 5)
            await watcher.close()
        }
    }

    @Test func `a device is there while one of its sessions is`() async throws {
        let hub = try await RunningHub.immediate.address()
        let group = GroupID.fresh()
        let id = try await hub.register(in: group)
        let watcher = try await TestClient.connect(hub)
        _ = try await watcher.watch(group)
        let first = try await TestClient.connect(hub, as: id)
        #expect(try await watcher.presence(of: id).status == .online)
        let second = try await TestClient.connect(hub, as: id)
        await first.close()
        try await second.settle()
        await watcher.send(.ping, id: 5)
        #expect(try await watcher.next().re == 5)
        await second.close()
        #expect(try await watcher.presence(of: id).status == .offline)
        await watcher.close()
    }

    @Test func `the oldest of too many sessions of a device gives way`() async throws {
        let hub = try await RunningHub.immediate.address()
        let id = try await hub.register(in: .fresh())
        var sessions: [TestClient] = []
        for _ in 0..<5 { sessions.append(try await TestClient.connect(hub, as: id)) }
        #expect(try await sessions[0].ended().code == 1008)
        for session in sessions[1...] {
            #expect(try await session.ask(.location(.sample())).isAck)
            await session.close()
        }
    }

    @Test func `a silent connection is dropped after two heartbeats and its device offline`() async throws {
        try await RunningHub.with {
            $0.presence.heartbeat = .seconds(2)
            $0.presence.grace = .zero
        } _: { hub in
            let group = GroupID.fresh()
            let id = try await hub.address.register(in: group)
            let watcher = try await TestClient.connect(hub.address)
            _ = try await watcher.watch(group)
            // It answers no ping.
            let silent = try await RawStream.open(hub.address, as: id)
            #expect(try await watcher.presence(of: id).status == .online)
            #expect(try await watcher.presence(of: id).status == .offline)
            _ = try await silent.connection.toEnd()
            await watcher.close()
        }
    }
}
