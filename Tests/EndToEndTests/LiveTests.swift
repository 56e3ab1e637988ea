import Configuration
import EventLoop
import Hub
import Model
import Testing
import Wire

/// What those who watch a group are told of its members' movements.
@Suite(.timeLimit(.minutes(2)))
struct LiveTests {
    @Test func `a watcher gets a snapshot and then what moves`() async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh()
        let (ana, ben) = (
            try await hub.register(in: group, name: "Ana"), try await hub.register(in: group, name: "Ben")
        )
        let device = try await TestClient.connect(hub, as: ana)
        #expect(device.welcome.device == ana)
        #expect(device.welcome.group == group)
        #expect(device.welcome.heartbeat == 25)
        #expect(device.welcome.limits.messageBytes == 65_536)
        #expect(device.welcome.limits.fixesPerMessage == 50)
        let first = Fix.sample(at: .now.advanced(by: .seconds(-10)))
        #expect(try await device.ask(.location(first)).isAck)

        let watcher = try await TestClient.connect(hub)
        #expect(watcher.welcome.device == nil)
        let snapshot = try await watcher.watch(group)
        #expect(snapshot.group == group)
        let members = Dictionary(uniqueKeysWithValues: snapshot.members.map { ($0.device, $0) })
        #expect(members.count == 2)
        #expect(members[ana]?.lastFix == first)
        #expect(members[ana]?.displayName == "Ana")
        #expect(members[ana]?.presence.status == .online)
        #expect(members[ben]?.lastFix == nil)
        #expect(members[ben]?.presence.status == .offline)

        // Every member of the fix is carried.
        let second = Fix(
            capturedAt: .now, latitude: -33.4489, longitude: -70.6693, accuracy: 3.5, altitude: 570.25, bearing: 359.5,
            speed: 13.75, provider: "gps", batteryLevel: 81, networkType: "5G")
        #expect(try await device.ask(.location(second)).isAck)
        #expect(try await watcher.positions(of: group) == [DevicePosition(device: ana, fix: second)])
        await device.close()
        await watcher.close()
    }

    @Test func `the list over REST is the snapshot of the stream`() async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh()
        for (index, name) in ["Zoë", "Ana", "Mia", "Ben"].enumerated() {
            let id = try await hub.register(in: group, name: name)
            guard index > 0 else { continue }
            let device = try await TestClient.connect(hub, as: id)
            #expect(
                try await device.ask(.presence(.init(status: index == 1 ? .away : .busy, note: "n\(index)"))).re != nil)
            #expect(try await device.ask(.locations(Fix.samples(index))).isAck)
        }
        let watcher = try await TestClient.connect(hub)
        let members = try await watcher.watch(group).members.sorted { $0.displayName < $1.displayName }
        let list = try await hub.list(group)
        #expect(list.map { $0["displayName"]?.string } == ["Ana", "Ben", "Mia", "Zoë"])
        for (member, item) in zip(members, list) {
            #expect(item["deviceId"]?.string == member.device.description)
            #expect(item["displayName"]?.string == member.displayName)
            #expect(item["status"]?.string == member.presence.status.rawValue)
            #expect(item["note"]?.string == member.presence.note)
            #expect(item["lastSeenAt"]?.string == member.presence.lastSeenAt.rfc3339)
            #expect(item["lastLocation"]?["timestamp"]?.string == member.lastFix?.capturedAt.rfc3339)
            #expect(item["lastLocation"]?["latitude"]?.double == member.lastFix?.latitude)
            #expect(item["lastLocation"]?["longitude"]?.double == member.lastFix?.longitude)
            #expect(item["lastLocation"]?["accuracy"]?.double == member.lastFix?.accuracy)
        }
        #expect(list[3]["lastLocation"]?.isNull == true)
        await watcher.close()
    }

    @Test func `an upload over REST moves the device for those who watch`() async throws {
        let hub = try await RunningHub.shared.address()
        // The request may arrive on either loop, the group lives on one.
        for loop in [0, 1] {
            let group = GroupID.fresh(onLoop: loop)
            let device = try await hub.register(in: group)
            let watcher = try await TestClient.connect(hub)
            _ = try await watcher.watch(group)
            for fix in Fix.samples(3) {
                #expect(try await hub.post(BadUploadTests.one, Uploads.one(of: device, fix)).status == 200)
                #expect(try await watcher.positions(of: group) == [DevicePosition(device: device, fix: fix)])
            }
            await watcher.close()
        }
    }

    @Test func `the first change goes at once and a tick carries the newest only`() async throws {
        try await RunningHub.with {
            $0.fanout.tick = .seconds(10)
        } _: { hub in
            let group = GroupID.fresh()
            let id = try await hub.address.register(in: group)
            let device = try await TestClient.connect(hub.address, as: id)
            let watcher = try await TestClient.connect(hub.address)
            _ = try await watcher.watch(group)
            let fixes = Fix.samples(5)
            #expect(try await device.ask(.location(fixes[0])).isAck)
            let start = ContinuousClock.now
            #expect(try await watcher.positions(of: group).map(\.fix) == [fixes[0]])
            #expect(ContinuousClock.now - start < .seconds(9), "the first change waited for a tick")
            await device.sendTogether(fixes[1...].map { .location($0) })
            #expect(try await watcher.positions(of: group).map(\.fix) == [fixes[4]])
            for _ in fixes[1...] {
                let reply: HubMessage = try await device.first { $0.re == nil ? nil : $0 }
                #expect(reply.isAck)
            }
            await device.close()
            await watcher.close()
        }
    }

    /// Every third report finds a frame due within 45 ms, and each comes well after the acknowledgement before it. A frame that
    /// tells of the device alone is not sent to it.
    @Test(arguments: [false, true])
    func `an acknowledgement waits for a frame that tells of others`(hasCompany: Bool) async throws {
        let hub = try await RunningHub.start { $0.fanout.tick = .milliseconds(100) }
        let group = GroupID.fresh()
        let id = try await hub.address.register(in: group)
        let device = try await TestClient.connect(hub.address, as: id)
        _ = try await device.watch(group)
        let other = try await TestClient.connect(hub.address, as: try await hub.address.register(in: group))
        // Thirty, or as many as it takes for one of them to be held.
        let fixes = Fix.samples(300)
        var sent = 0
        var held = 0.0
        while sent < 30 || hasCompany && held == 0 && sent < fixes.count {
            let fix = fixes[sent]
            sent += 1
            if hasCompany { #expect(try await other.ask(.location(fix)).isAck) }
            #expect(try await device.ask(.location(fix)).isAck)
            // The pace of the client, which is what this is about: 50 ms and more after an answer nobody waits for the next.
            try await Task.sleep(for: .milliseconds(60))
            if sent >= 30 { held = try await hub.address.metric("hub_acks_held_total") ?? 0 }
        }
        #expect(try await hub.stored(id).count == sent)
        #expect((held > 0) == hasCompany)
        await device.close()
        await other.close()
        await hub.stop()
    }

    @Test func `without a tick every change goes at once`() async throws {
        let hub = try await RunningHub.immediate.address()
        let group = GroupID.fresh()
        let device = try await TestClient.connect(hub, as: try await hub.register(in: group))
        let watcher = try await TestClient.connect(hub)
        _ = try await watcher.watch(group)
        let fixes = Fix.samples(20)
        for fix in fixes { #expect(try await device.ask(.location(fix)).isAck) }
        for fix in fixes { #expect(try await watcher.positions(of: group).map(\.fix) == [fix]) }
        await device.close()
        await watcher.close()
    }

    @Test func `of a batch the newest fix is live whatever its place`() async throws {
        let hub = try await RunningHub.immediate.hub()
        let group = GroupID.fresh()
        let id = try await hub.address.register(in: group)
        let device = try await TestClient.connect(hub.address, as: id)
        let watcher = try await TestClient.connect(hub.address)
        _ = try await watcher.watch(group)
        let fixes = Fix.samples(50)
        let reply = try await device.ask(.locations([fixes[49]] + fixes[..<49].reversed()))
        guard case .fixesStored(_, 50) = reply else {
            Issue.record("no acknowledgement: \(reply)")
            return
        }
        #expect(try await watcher.positions(of: group).map(\.fix) == [fixes[49]])
        #expect(try await hub.stored(id) == fixes.map(\.capturedAt.milliseconds))
        await device.close()
        await watcher.close()
    }

    @Test func `a late fix is stored and acknowledged and moves nothing`() async throws {
        let hub = try await RunningHub.immediate.hub()
        let group = GroupID.fresh()
        let id = try await hub.address.register(in: group)
        let device = try await TestClient.connect(hub.address, as: id)
        let watcher = try await TestClient.connect(hub.address)
        _ = try await watcher.watch(group)
        let now = Timestamp.now
        let newest = Fix.sample(at: now)
        let late = Fix.sample(at: now.advanced(by: .seconds(-6 * 86400)), latitude: 1, longitude: 1)
        #expect(try await device.ask(.location(newest)).isAck)
        #expect(try await device.ask(.location(late)).isAck)
        #expect(try await device.ask(.location(late)).isAck)
        #expect(try await hub.address.post(BadUploadTests.one, Uploads.one(of: id, late)).status == 200)
        #expect(try await watcher.positions(of: group).map(\.fix) == [newest])
        #expect(try await watcher.watch(group).members.first?.lastFix == newest)
        let next = Fix.sample(at: now.advanced(by: .seconds(1)))
        #expect(try await device.ask(.location(next)).isAck)
        // Nothing came between, or it would be here now.
        #expect(try await watcher.positions(of: group).map(\.fix) == [next])
        #expect(try await hub.stored(id) == [late, newest, next].map(\.capturedAt.milliseconds))
        await device.close()
        await watcher.close()
    }

    @Test func `a device sees its group and stops seeing it when it asks`() async throws {
        let hub = try await RunningHub.immediate.address()
        let group = GroupID.fresh()
        let (one, two) = (try await hub.register(in: group), try await hub.register(in: group, name: "Two"))
        let device = try await TestClient.connect(hub, as: one)
        let other = try await TestClient.connect(hub, as: two)
        #expect(Set(try await device.watch(group).members.map(\.device)) == [one, two])
        let fixes = Fix.samples(3)
        #expect(try await other.ask(.location(fixes[0])).isAck)
        #expect(try await device.positions(of: group) == [DevicePosition(device: two, fix: fixes[0])])
        guard case .ok = try await device.ask(.unwatch(group)) else {
            Issue.record("unwatch is not confirmed")
            return
        }
        #expect(try await other.ask(.location(fixes[1])).isAck)
        // Whatever the hub had sent would be here before the pong.
        await device.send(.ping, id: 77)
        #expect(try await device.next().re == 77)
        #expect(try await device.watch(group).members.first { $0.device == two }?.lastFix == fixes[1])
        await device.close()
        await other.close()
    }

    @Test func `what a hub knew is there when it starts again`() async throws {
        let hub = try await RunningHub.start { _ in }
        let group = GroupID.fresh()
        let id = try await hub.address.register(in: group, name: "Ana")
        let device = try await TestClient.connect(hub.address, as: id)
        let fixes = Fix.samples(10)
        #expect(try await device.ask(.locations(fixes)).isAck)
        await hub.hub.stop()
        let again = try await hub.restarted()
        let watcher = try await TestClient.connect(again.address)
        let member = try #require(try await watcher.watch(group).members.first)
        #expect(member.device == id)
        #expect(member.displayName == "Ana")
        #expect(member.lastFix == fixes.last)
        #expect(member.presence.status == .offline)
        await watcher.close()
        await again.stop()
    }
}
