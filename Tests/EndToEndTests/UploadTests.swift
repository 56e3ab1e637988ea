import Model
import Persistence
import Testing
import Wire

/// Uploads over REST that are as they should be (stories 3.1 and 3.2); BadUploadTests has the others.
@Suite(.timeLimit(.minutes(2)))
struct UploadTests {
    private static let row = PostgresStatement(
        "test.upload",
        """
        SELECT captured_at, created_at, latitude, longitude, accuracy, altitude, bearing, speed, provider,
            battery_level::int4, network_type
        FROM core.locations WHERE device_id = $1
        """)

    @Test func `an upload is stored with every member, when it was taken and when it came`() async throws {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let before = Timestamp.now
        let taken = before.advanced(by: .seconds(-90))
        let answer = try await hub.address.post(
            BadUploadTests.one,
            #"{"deviceId":"\#(device)","timestamp":\#(taken.milliseconds),"latitude":-33.5,"longitude":-70.25,"#
                + #""accuracy":3.5,"altitude":570.25,"bearing":359.5,"speed":13.75,"provider":"gps","#
                + #""batteryLevel":81,"networkType":"5G"}"#)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"success":true,"processedCount":1}"#)
        let rows = try await hub.database.query(UploadTests.row.with(device.rawValue))
        #expect(rows.rowCount == 1)
        #expect(rows[0].timestamp(0) == taken)
        let came = try #require(rows[0].timestamp(1))
        #expect(came >= before && came <= .now)
        #expect((2..<8).map { rows[0].double($0) } == [-33.5, -70.25, 3.5, 570.25, 359.5, 13.75])
        #expect(rows[0].text(8) == "gps" && rows[0].int32(9) == 81 && rows[0].text(10) == "5G")
    }

    @Test func `a time may be milliseconds or RFC 3339, and both are the same moment`() async throws {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let moment = Timestamp.now
        for time in ["\(moment.milliseconds)", "\"\(moment.rfc3339)\""] {
            let answer = try await hub.address.post(
                BadUploadTests.one,
                #"{"deviceId":"\#(device)","timestamp":\#(time),"latitude":1,"longitude":2,"accuracy":3}"#)
            #expect(answer.text == #"{"success":true,"processedCount":1}"#)
        }
        #expect(try await hub.stored(device) == [moment.milliseconds])
    }
}
