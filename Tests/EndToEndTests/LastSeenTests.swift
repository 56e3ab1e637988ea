import Crypto
import Model
import Persistence
import Testing
import Wire

/// When a device was last active, as its group is told and as it is stored (story 2.6).
@Suite(.timeLimit(.minutes(2)))
struct LastSeenTests {
    private static let seen = PostgresStatement(
        "test.seen", "SELECT last_seen_at FROM core.devices WHERE device_id = $1")

    private func listed(_ device: DeviceID, in group: GroupID, of hub: RunningHub) async throws -> Timestamp {
        let devices = try await hub.address.list(group)
        let entry = try #require(devices.first { $0["deviceId"]?.string == device.description })
        return try #require(entry["lastSeenAt"]?.string.flatMap { Timestamp(rfc3339: $0) })
    }

    private func stored(_ device: DeviceID, of hub: RunningHub) async throws -> Timestamp? {
        try await hub.database.query(LastSeenTests.seen.with(device.rawValue))[0].timestamp(0)
    }

    @Test(arguments: [0, 1])
    func `an upload is a sign of life, in the group's list and soon in the database`(loop: Int) async throws {
        let hub = try await RunningHub.shared.hub()
        let group = GroupID.fresh("seen", onLoop: loop)
        let device = try await hub.address.register(in: group)
        let registered = try await listed(device, in: group, of: hub)
        #expect(try await stored(device, of: hub) == registered)
        try await Support.eventually("a millisecond passes") { Timestamp.now > registered }
        // An old location too: it is when the device spoke that counts, not where it was when.
        let fix = Fix.sample(at: .now.advanced(by: .seconds(-3600)))
        #expect(try await hub.address.post(BadUploadTests.one, Uploads.one(of: device, fix)).status == 200)
        let seen = try await listed(device, in: group, of: hub)
        #expect(seen > registered && seen <= .now)
        try await Support.eventually("it is stored") { try await stored(device, of: hub) == seen }
    }

    @Test func `who asks for a group and who probes the hub makes no device seen`() async throws {
        let hub = try await RunningHub.shared.hub()
        let group = GroupID.fresh("unseen")
        let device = try await hub.address.register(in: group)
        let registered = try await listed(device, in: group, of: hub)
        try await Support.eventually("a millisecond passes") { Timestamp.now > registered }
        for path in ["/api/v1/devices?groupId=\(group)", "/api/health", "/api/health/ready"] {
            _ = try await hub.address.probe(path)
        }
        #expect(try await listed(device, in: group, of: hub) == registered)
        #expect(try await stored(device, of: hub) == registered)
    }

    @Test func `a probe is no use of the key that it happens to carry`() async throws {
        try await RunningHub.with { hub in
            let (probe, used) = (
                try await RunningHub.makeKey("probe", in: hub.keys), try await RunningHub.makeKey("used", in: hub.keys)
            )
            _ = try await hub.address.probe("/api/health", key: probe.text)
            #expect(try await hub.address.request("GET", "/api/v1/devices?groupId=x1", key: used.text).status == 200)
            try await Support.eventually("the later use is noted") {
                try await hub.keys.list().first { $0.name == "used" }?.lastUsedAt != nil
            }
            let probing = try #require(try await hub.keys.list().first { $0.name == "probe" })
            #expect(probing.lastUsedAt == nil)
        }
    }
}
