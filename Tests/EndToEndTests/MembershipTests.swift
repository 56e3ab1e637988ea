import Model
import Testing
import Wire

/// Devices that join, change, move and leave, as their groups and they themselves are told.
@Suite(.timeLimit(.minutes(2)))
struct MembershipTests {
    @Test func `members are told who joins, who changes and who leaves`() async throws {
        let hub = try await RunningHub.immediate.address()
        let group = GroupID.fresh()
        let watcher = try await TestClient.connect(hub)
        #expect(try await watcher.watch(group).members.isEmpty)
        let id = try await hub.register(in: group, name: "Ana")
        let joined = try await watcher.memberChange(of: id)
        #expect(joined.kind == .joined)
        #expect(joined.group == group)
        #expect(joined.displayName == "Ana")
        #expect(joined.state?.presence.status == .offline)
        #expect(joined.state?.lastFix == nil)
        try await hub.register(id, in: group, name: "Anna")
        let updated = try await watcher.memberChange(of: id)
        #expect(updated.kind == .updated)
        #expect(updated.displayName == "Anna")
        #expect(try await hub.request("DELETE", "/api/v1/devices/\(id)").status == 204)
        let left = try await watcher.memberChange(of: id)
        #expect(left.kind == .left)
        #expect(try await hub.list(group).isEmpty)
        #expect(try await hub.request("DELETE", "/api/v1/devices/\(DeviceID.random())").status == 404)
        // It comes back as it was, with where it was last.
        try await hub.register(id, in: group, name: "Ana")
        #expect(try await watcher.memberChange(of: id).kind == .joined)
        await watcher.close()
    }

    @Test func `a registration answers with the device`() async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh()
        let id = DeviceID.random()
        let first = try await hub.tryRegister(id, in: group, name: "Ana")
        #expect(first.status == 200)
        #expect(first.json["deviceId"]?.string == id.description)
        #expect(first.json["displayName"]?.string == "Ana")
        #expect(first.json["groupId"]?.string == group.rawValue)
        #expect(first.json["platform"]?.string == "android")
        let created = try #require(first.json["createdAt"]?.string.flatMap { Timestamp(rfc3339: $0) })
        let second = try await hub.tryRegister(id, in: group, name: "Ben")
        #expect(second.json["displayName"]?.string == "Ben")
        #expect(second.json["createdAt"]?.string.flatMap { Timestamp(rfc3339: $0) } == created)
        #expect(try #require(second.json["updatedAt"]?.string.flatMap { Timestamp(rfc3339: $0) }) >= created)
    }

    @Test func `deactivation ends the device's sessions and keeps its fixes`() async throws {
        let hub = try await RunningHub.shared.hub()
        let group = GroupID.fresh()
        let id = try await hub.address.register(in: group)
        let device = try await TestClient.connect(hub.address, as: id)
        let fix = Fix.sample()
        #expect(try await device.ask(.location(fix)).isAck)
        #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)").status == 204)
        let ending = try await device.ended()
        #expect(ending.code == 1008)
        #expect(ending.reason == "the device was deactivated")
        #expect(try await hub.address.list(group).isEmpty)
        #expect(try await hub.address.post(BadUploadTests.one, Uploads.one(of: id, .sample())).status == 404)
        #expect(try await hub.stored(id) == [fix.capturedAt.milliseconds])
        try await hub.address.register(id, in: group)
        #expect(
            try await hub.address.list(group).first?["lastLocation"]?["timestamp"]?.string == fix.capturedAt.rfc3339)
    }

    @Test(arguments: [(0, 0), (0, 1), (1, 0)])
    func `a device that moves is told so and its new group sees it`(from: Int, to: Int) async throws {
        let hub = try await RunningHub.immediate.address()
        let (old, new) = (GroupID.fresh("old", onLoop: from), GroupID.fresh("new", onLoop: to))
        let id = try await hub.register(in: old)
        let device = try await TestClient.connect(hub, as: id)
        let fixes = Fix.samples(2)
        #expect(try await device.ask(.location(fixes[0])).isAck)
        let watcher = try await TestClient.connect(hub)
        _ = try await watcher.watch(old)
        #expect(try await watcher.watch(new).members.isEmpty)
        try await hub.register(id, in: new)

        let goodbye: Duration = try await device.first("goodbye") {
            if case .goodbye(_, let wait) = $0 { wait } else { nil }
        }
        #expect(goodbye == .zero)
        #expect(try await device.ended().code == 1001)
        // The two groups live on loops of their own, so that what they say may come in any order.
        var changes: [GroupID: HubMessage.MemberChange] = [:]
        while changes.count < 2 {
            let change = try await watcher.memberChange(of: id)
            changes[change.group] = change
        }
        #expect(changes[old]?.kind == .left)
        #expect(changes[new]?.kind == .joined)
        #expect(changes[new]?.state?.lastFix == fixes[0])
        #expect(try await hub.list(old).isEmpty)

        let again = try await TestClient.connect(hub, as: id)
        #expect(again.welcome.group == new)
        #expect(try await again.ask(.location(fixes[1])).isAck)
        let moved: [DevicePosition] = try await watcher.first("its position") {
            if case .positions(new, let positions) = $0, positions.contains(where: { $0.fix == fixes[1] }) {
                positions
            } else {
                nil
            }
        }
        #expect(moved.map(\.device) == [id])
        await again.close()
        await watcher.close()
    }
}
