import EventLoop
import HubTesting
import Model
import Testing

@testable import Persistence

@Suite struct `The table of locations` {
    private func device(_ fixture: PersistenceFixture) async throws -> DeviceID {
        let store = PostgresDeviceStore(database: fixture.database)
        return try await store.register(.sample(group: "family"), limit: 20, at: .now).device.id
    }

    @Test func `has a partition for every fix that is taken, and takes any other too`() async throws {
        try await PersistenceFixture.with { fixture in
            let device = try await device(fixture)
            let upkeep = LocationUpkeep(database: fixture.database)
            let now = Timestamp.now
            let made = try await upkeep.ensurePartitions(around: now)
            #expect(made == 17 - 3)
            #expect(try await upkeep.ensurePartitions(around: now) == 0)
            for days in [-7, 0, 1, 7] {
                try await fixture.insert([.sample(at: now.advanced(by: .seconds(days * 86_400)))], of: device)
            }
            let stray = try await fixture.query("SELECT count(*)::int4 FROM core.locations_default")
            #expect(stray[0].int32(0) == 0)
            try await fixture.insert([.sample(at: Timestamp(milliseconds: 0))], of: device)
            #expect(try await fixture.query("SELECT count(*)::int4 FROM core.locations")[0].int32(0) == 5)
        }
    }

    @Test func `moves rows out of the default partition when their day gets one`() async throws {
        try await PersistenceFixture.with { fixture in
            let device = try await device(fixture)
            let old = Timestamp(milliseconds: 1_700_000_000_000)
            try await fixture.insert([.sample(at: old), .sample(at: old.advanced(by: .seconds(86_400)))], of: device)
            let made = try await fixture.query("SELECT core.ensure_location_partitions('2023-11-14', '2023-11-14')")
            #expect(made[0].int32(0) == 1)
            let places = try await fixture.query(
                "SELECT tableoid::regclass::text FROM core.locations ORDER BY captured_at")
            #expect(places.rows.map { $0.text(0) } == ["core.locations_20231114", "core.locations_default"])
        }
    }

    @Test func `partitions made by several hubs at once are made once`() async throws {
        try await PersistenceFixture.with { fixture in
            let made = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await LocationUpkeep(database: fixture.database).ensurePartitions(around: .now)
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(made == 17 - 3)
        }
    }

    @Test func `loses what is older than the retention, whole days and single rows, and nothing else`() async throws {
        try await PersistenceFixture.with { fixture in
            let device = try await device(fixture)
            try await fixture.query("SELECT core.ensure_location_partitions(current_date - 45, current_date)")
            // An old day, received in time; one old day with a late arrival; recent days; 25,000 rows of a recent day that
            // were received long ago, which cannot be but must go; an import of an ancient fix received today.
            try await fixture.query(
                """
                INSERT INTO core.locations (device_id, captured_at, created_at, latitude, longitude, accuracy)
                SELECT $1::uuid, t, coalesce(r, t), 1, 2, 3 FROM (
                    SELECT date_trunc('day', now()) - interval '40 days' + n * interval '1 second' AS t,
                           NULL::timestamptz AS r FROM generate_series(1, 100) n
                    UNION ALL SELECT date_trunc('day', now()) - interval '38 days' + n * interval '1 second',
                           CASE WHEN n = 1 THEN now() END FROM generate_series(1, 100) n
                    UNION ALL SELECT now() - n * interval '1 day', NULL FROM generate_series(0, 9) n
                    UNION ALL SELECT date_trunc('day', now()) - interval '1 day' + n * interval '1 millisecond',
                           now() - interval '31 days' FROM generate_series(1, 25000) n
                    UNION ALL SELECT '2001-01-01', now()) x
                """, device.rawValue)
            let removed = try await LocationUpkeep(database: fixture.database).removeLocations(olderThan: 30, at: .now)
            #expect(removed == .init(rows: 100 + 99 + 25_000, partitions: 14))
            let left = try await fixture.query("SELECT count(*)::int4 FROM core.locations")
            #expect(left[0].int32(0) == 12)
            let gone = try await fixture.query(
                "SELECT to_regclass('core.locations_' || to_char(current_date - 40, 'YYYYMMDD')) IS NULL")
            #expect(gone[0].bool(0) == true)
            let again = try await fixture.query("SELECT core.cleanup_old_locations(30)")
            #expect(again[0].int64(0) == 0)
        }
    }

    /// What `core.write_locations` answers to a batch with a row for each of `devices`, at `day` and received on `receivedOn`.
    private func write(
        _ devices: [DeviceID], _ day: String, receivedOn: String? = nil, areNew: Bool,
        lookingAt senders: [DeviceID]? = nil,
        removalsSeen: Int64? = nil, _ fixture: PersistenceFixture
    ) async throws -> InsertOutcome {
        func list(_ devices: [DeviceID]) -> String {
            "ARRAY[\(devices.map { "'\($0)'" }.joined(separator: ", "))]::uuid[]"
        }
        let senders = senders ?? Array(Set(devices))
        let result = try await fixture.query(
            """
            SELECT w.were_there, w.removals, w.accepts_since, u.device_id
            FROM core.write_locations(
                \(list(senders)), \(removalsSeen.map(String.init) ?? "NULL"), \(list(devices)),
                array_fill('\(day)'::timestamptz, ARRAY[\(devices.count)]),
                array_fill('\(receivedOn ?? day)'::timestamptz, ARRAY[\(devices.count)]),
                array_fill(1::float8, ARRAY[\(devices.count)]), array_fill(2::float8, ARRAY[\(devices.count)]),
                array_fill(3::float8, ARRAY[\(devices.count)]), NULL, NULL, NULL, NULL, NULL, NULL, \(areNew)) AS w
            LEFT JOIN LATERAL unnest(w.unknown) AS u (device_id) ON true
            """)
        return LocationStatements.outcome(of: result)
    }

    private func stored(_ fixture: PersistenceFixture) async throws -> Int64? {
        try await fixture.query("SELECT count(*) FROM core.locations")[0].int64(0)
    }

    @Test func `takes a batch as a whole, called new or not, and tells what it did not expect`() async throws {
        try await PersistenceFixture.with { fixture in
            let (known, late, stranger) = (try await device(fixture), try await device(fixture), DeviceID.random())
            try await fixture.query(
                "UPDATE core.devices SET accepts_since = '2020-01-01' WHERE device_id = $1", late.rawValue)
            // The devices that are not known, and whether rows were there that were called new.
            func told(
                _ devices: [DeviceID], _ day: String, receivedOn: String? = nil, areNew: Bool
            ) async throws -> [UniqueID?] {
                let outcome = try await write(devices, day, receivedOn: receivedOn, areNew: areNew, fixture)
                return Array(outcome.unknown) + (outcome.wereThere ? [nil] : [])
            }

            #expect(try await told([known], "2021-01-01", areNew: true) == [])
            #expect(try await told([known], "2021-01-01", areNew: true) == [nil])
            #expect(try await told([known], "2021-01-01", areNew: false) == [])
            #expect(try await stored(fixture) == 1)
            // One twice in its own batch.
            #expect(try await told([known, known], "2021-01-02", areNew: true) == [nil])
            #expect(try await stored(fixture) == 2)
            #expect(try await told([known, stranger], "2021-01-03", areNew: true) == [stranger.rawValue])
            #expect(try await told([stranger, known], "2021-01-04", areNew: false) == [stranger.rawValue])
            #expect(try await stored(fixture) == 4)
            // Registered again after an erasure: nothing from before, of that device alone.
            for areNew in [true, false] {
                let day = areNew ? "2021-01-05" : "2021-01-06"
                #expect(try await told([known, late], day, receivedOn: "2019-01-01", areNew: areNew) == [])
                #expect(try await told([late], day, receivedOn: "2021-01-01", areNew: areNew) == [])
            }
            // And what was received after it is inserted as new again.
            #expect(try await told([known, late], "2021-01-07", areNew: true) == [])
            #expect(try await told([late, known], "2021-01-07", areNew: true) == [nil])
            #expect(try await stored(fixture) == 10)
        }
    }

    @Test func `leaves devices alone that were known, until one is removed`() async throws {
        try await PersistenceFixture.with { fixture in
            let (first, second) = (try await device(fixture), try await device(fixture))
            let before = try #require(try await write([first, second], "2021-01-01", areNew: true, fixture).removals)
            // That nobody looked is seen by a device that cannot be known.
            let unseen = try await write(
                [first, .random()], "2021-01-02", areNew: true, lookingAt: [first], removalsSeen: before, fixture)
            #expect(unseen == InsertOutcome(wereThere: false, removals: before, acceptsSince: nil, unknown: []))
            #expect(try await stored(fixture) == 4)

            try await fixture.query("DELETE FROM core.devices WHERE device_id = $1", second.rawValue)
            for areNew in [true, false] {
                let day = areNew ? "2021-01-03" : "2021-01-04"
                let outcome = try await write(
                    [first, second], day, areNew: areNew, lookingAt: [], removalsSeen: before, fixture)
                #expect(outcome.unknown == [second.rawValue])
                #expect(try #require(outcome.removals) > before)
            }
            #expect(try await stored(fixture) == 6)
            // Rows that are there make it look at all, whatever was known.
            let after = try await write([first], "2021-01-05", areNew: true, fixture)
            let stranger = DeviceID.random()
            let repeated = try await write(
                [first, stranger], "2021-01-05", areNew: true, lookingAt: [], removalsSeen: after.removals, fixture)
            #expect(repeated.wereThere && repeated.unknown == [stranger.rawValue])
            #expect(try await stored(fixture) == 7)
        }
    }

    @Test(arguments: [
        "DELETE FROM core.devices", "TRUNCATE core.devices CASCADE",
        "UPDATE core.devices SET accepts_since = now()", "UPDATE core.devices SET device_id = gen_random_uuid()",
        "SELECT core.erase_device(device_id, now(), NULL) FROM core.devices",
        "BEGIN; DELETE FROM core.devices; ROLLBACK",
    ])
    func `counts whatever may make a known device another one`(change: String) async throws {
        try await PersistenceFixture.with { fixture in
            func removals() async throws -> Int64? {
                try await fixture.query("SELECT last_value FROM core.device_removals")[0].int64(0)
            }
            _ = try await device(fixture)
            let before = try #require(try await removals())
            let session = PostgresConnection(url: fixture.test.url, on: fixture.loops.loops[0])
            try await session.connected(within: .seconds(60))
            try await session.run(script: change)
            await session.closed()
            #expect(try #require(try await removals()) > before)
            let after = try await removals()
            _ = try await device(fixture)
            try await fixture.query("UPDATE core.devices SET last_seen_at = now(), active = false")
            #expect(try await removals() == after, "what devices do all day long is not to count")
        }
    }

    @Test func `refuses values out of range, each by a constraint of its own`() async throws {
        try await PersistenceFixture.with { fixture in
            let device = try await device(fixture)
            for (column, value) in [
                ("latitude", "90.1"), ("latitude", "'NaN'"), ("longitude", "-180.1"), ("accuracy", "-1"),
                ("accuracy", "'Infinity'"), ("altitude", "'NaN'"), ("bearing", "360.5"), ("speed", "-0.1"),
                ("battery_level", "101"),
            ] {
                let columns = ["latitude", "longitude", "accuracy"].filter { $0 != column }
                let error = await #expect(throws: PostgresError.self) {
                    try await fixture.query(
                        """
                        INSERT INTO core.locations (device_id, captured_at, \(columns.joined(separator: ", ")), \(column))
                        VALUES ($1::uuid, now(), \(columns.map { _ in "1" }.joined(separator: ", ")), \(value))
                        """, device.rawValue)
                }
                guard case .server(let state, _, let constraint) = try #require(error) else {
                    Issue.record("\(column) was not refused by Postgres")
                    continue
                }
                #expect(state.code == "23514" && constraint == "locations_\(column)_check", "\(column) = \(value)")
            }
        }
    }

    @Test func `member counts are refreshed beside readers`() async throws {
        try await PersistenceFixture.with { fixture in
            _ = try await device(fixture)
            let upkeep = LocationUpkeep(database: fixture.database)
            try await upkeep.refreshGroupMemberCounts()
            let counts = try await fixture.query("SELECT group_id, member_count FROM core.group_member_counts")
            #expect(counts.rowCount == 1 && counts[0].text(0) == "family" && counts[0].int32(1) == 1)
        }
    }

    @Test func `an update of what people see is stamped, a sighting is not`() async throws {
        try await PersistenceFixture.with { fixture in
            let device = try await device(fixture)
            try await fixture.query(
                "UPDATE core.devices SET updated_at = '2020-01-01' WHERE device_id = $1", device.rawValue)
            try await fixture.query(
                "UPDATE core.devices SET last_seen_at = now() WHERE device_id = $1", device.rawValue)
            let before = try await fixture.query("SELECT updated_at = '2020-01-01' FROM core.devices")
            #expect(before[0].bool(0) == true)
            try await fixture.query(
                "UPDATE core.devices SET display_name = 'Other' WHERE device_id = $1", device.rawValue)
            let after = try await fixture.query("SELECT updated_at > '2020-01-01' FROM core.devices")
            #expect(after[0].bool(0) == true)
        }
    }
}
