import Glibc
import Model
import Persistence
import Testing

/// A hub is killed while somebody travels: their record is the one that all stored locations make.
@Suite(.timeLimit(.minutes(5)))
struct TravelDurabilityTests {
    private static let traveller = "00000000-0000-4000-9000-000000000001"
    /// Whose record is made at once, of the same locations.
    private static let twin = "00000000-0000-4000-9000-000000000002"

    private func run(_ script: String, in database: Database) async throws {
        try await database.withConnection(within: .seconds(60)) { try await $0.run(script: script) }
    }

    private func count(_ sql: String, in database: Database) async throws -> Int64 {
        let result = try await database.query(PostgresQuery(PostgresStatement("test." + sql, sql)))
        return result[0].int64(0) ?? -1
    }

    /// Whether everything is worked in for so many people.
    private func isDone(_ people: Int64, _ hub: HubProcess, in database: Database) async throws -> Bool {
        // Not oftener than that: each look is a page of metrics.
        try await Task.sleep(for: .milliseconds(500))
        guard try await hub.address.get("/metrics").text.contains("\nhub_travel_pending_devices 0\n"),
            try await count("SELECT count(*) FROM travel.live_progress", in: database) == 1
        else { return false }
        return try await count(
            "SELECT count(*) FROM travel.travellers WHERE dirty_from IS NULL AND worked_to IS NOT NULL", in: database)
            == people
    }

    /// Makes somebody a traveller whose a device is from now on, and for whom it counts.
    private func track(_ user: String, _ device: DeviceID, in database: Database) async throws {
        try await run(
            """
            INSERT INTO core.users (id, username, username_key, display_name)
            VALUES ('\(user)', 'p\(user.suffix(1))', 'p\(user.suffix(1))', 'P');
            INSERT INTO travel.travellers (user_id) VALUES ('\(user)');
            UPDATE core.devices SET owner_id = '\(user)' WHERE device_id = '\(device)';
            INSERT INTO travel.tracked_devices VALUES ('\(user)', '\(device)', now() - interval '6 days');
            """, in: database)
    }

    /// Uploads the fixes with these numbers, ten minutes' drive for a hundred of them, until they are acknowledged.
    private func upload(_ numbers: Range<Int>, from start: Int64, _ device: DeviceID, to hub: HubProcess) async throws {
        for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 50) {
            let fixes = (first..<min(first + 50, numbers.upperBound)).map { number in
                #"{"timestamp":\#(start + Int64(number) * 6000),"latitude":\#(48 + Double(number) * 0.0008),"#
                    + #""longitude":\#(17 + Double(number % 200) * 0.0002),"accuracy":5}"#
            }
            let body = #"{"deviceId":"\#(device)","locations":[\#(fixes.joined(separator: ","))]}"#
            let answer = try await hub.address.post("/api/v1/locations/batch", body)
            #expect(answer.status == 200, "\(answer.text)")
        }
    }

    @Test func `a hub that is killed leaves no location out of the record, and none in it twice`() async throws {
        try await HubProcess.with { hub in
            let database = Support.database(hub.databaseURL)
            do {
                try await travel(hub, database)
            } catch {
                await database.close()
                throw error
            }
            await database.close()
        }
    }

    private func travel(_ hub: HubProcess, _ database: Database) async throws {
        let device = try await hub.address.register(in: .fresh())
        try await track(TravelDurabilityTests.traveller, device, in: database)
        let start = Timestamp.now.milliseconds - 3 * 86_400_000
        try await upload(0..<500, from: start, device, to: hub)
        hub.run.signal(SIGKILL)
        try await hub.restart()
        // Late ones, ones sent again, and new ones; then the next end.
        try await upload(450..<900, from: start, device, to: hub)
        try await upload(1000..<1200, from: start, device, to: hub)
        hub.run.signal(SIGKILL)
        try await hub.restart()
        try await upload(900..<1000, from: start, device, to: hub)
        #expect(try await hub.storedCount() == 1200)
        try await Support.eventually("the record is made", within: .seconds(180)) {
            try await isDone(1, hub, in: database)
        }
        try await track(TravelDurabilityTests.twin, device, in: database)
        try await run(
            """
            UPDATE travel.travellers SET version = version + 1, dirty_from = now() - interval '6 days', dirty_to = now()
            WHERE user_id = '\(TravelDurabilityTests.twin)'
            """, in: database)
        try await Support.eventually("the other record is made", within: .seconds(90)) {
            try await isDone(2, hub, in: database)
        }
        for table in ["visits", "user_cells", "user_days", "stays", "trips", "unseen_ways"] {
            let different = """
                SELECT count(*) FROM (
                    SELECT to_jsonb(t) - 'user_id', count(*) FROM travel.\(table) t GROUP BY 1 HAVING count(*) <> 2
                ) AS r
                """
            #expect(try await count(different, in: database) == 0, "\(table)")
        }
        #expect(try await count("SELECT count(*) FROM travel.visits WHERE res = 8", in: database) > 100)
    }
}
