import Model
import Persistence
import Testing
import Wire

/// What is stored of a device when it registers, and what of it stays when it registers again (stories 2.1 and 2.2).
@Suite(.timeLimit(.minutes(2)))
struct RegistrationTests {
    private static let row = PostgresStatement(
        "test.device",
        """
        SELECT display_name, group_id, platform, push_token, active, created_at, updated_at, last_seen_at
        FROM core.devices WHERE device_id = $1
        """)

    private func register(
        _ device: DeviceID, in group: GroupID, of hub: RunningHub, _ members: String
    ) async throws -> HTTPAnswer {
        try await hub.address.post(
            "/api/v1/devices/register", #"{"deviceId":"\#(device)","groupId":"\#(group)",\#(members)}"#)
    }

    @Test func `registering again changes what it names and keeps the rest, locations among it`() async throws {
        let hub = try await RunningHub.shared.hub()
        let (device, old, new) = (DeviceID.random(), GroupID.fresh("old"), GroupID.fresh("new"))
        let before = Timestamp.now
        let first = try await register(
            device, in: old, of: hub, #""displayName":"Ana","platform":"ios","fcmToken":"token-1""#)
        #expect(first.status == 200)
        var rows = try await hub.database.query(RegistrationTests.row.with(device.rawValue))
        #expect((0..<4).map { rows[0].text($0) } == ["Ana", old.rawValue, "ios", "token-1"])
        #expect(rows[0].bool(4) == true)
        let created = try #require(rows[0].timestamp(5))
        #expect(created >= before && rows[0].timestamp(6) == created && rows[0].timestamp(7) == created)

        let fixes = Fix.samples(3)
        #expect(try await hub.address.post(BadUploadTests.many, Uploads.batch(of: device, fixes)).status == 200)
        try await Support.eventually("a millisecond passes") { Timestamp.now > created }

        // Another name, token and group; no word of the platform.
        let second = try await register(device, in: new, of: hub, #""displayName":"Anna","fcmToken":"token-2""#)
        #expect(second.status == 200)
        rows = try await hub.database.query(RegistrationTests.row.with(device.rawValue))
        #expect(rows.rowCount == 1)
        #expect((0..<4).map { rows[0].text($0) } == ["Anna", new.rawValue, "ios", "token-2"])
        #expect(rows[0].timestamp(5) == created)
        #expect(try #require(rows[0].timestamp(6)) > created && #require(rows[0].timestamp(7)) > created)
        #expect(second.json["createdAt"]?.string == created.rfc3339)
        #expect(second.json["updatedAt"]?.string == rows[0].timestamp(6)?.rfc3339)
        #expect(try await hub.stored(device) == fixes.map(\.capturedAt.milliseconds))
        #expect(try await hub.address.list(old).isEmpty)
        #expect(
            try await hub.address.list(new).first?["lastLocation"]?["timestamp"]?.string
                == fixes.last?.capturedAt.rfc3339)

        // No word of the token either.
        #expect(try await register(device, in: new, of: hub, #""displayName":"Anna""#).status == 200)
        rows = try await hub.database.query(RegistrationTests.row.with(device.rawValue))
        #expect(rows[0].text(3) == "token-2")
    }
}
