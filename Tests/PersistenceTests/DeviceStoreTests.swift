import EventLoop
import HubTesting
import Model
import Persistence
import Testing

@Suite struct `The Postgres store of devices` {
    /// Runs `count` registrations at once from several connections and gives what became of each.
    private func race(
        _ store: PostgresDeviceStore, _ registrations: [DeviceRegistration], limit: Int
    ) async -> [Result<RegistrationOutcome, DeviceStoreError>] {
        await withTaskGroup(of: Result<RegistrationOutcome, DeviceStoreError>.self) { group in
            for registration in registrations {
                group.addTask {
                    do throws(DeviceStoreError) {
                        return .success(try await store.register(registration, limit: limit, at: .now))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `of thirty registrations at once exactly twenty get into a group of twenty`() async throws {
        let limits = PostgresLimits.patient(pipelineDepth: 1, connectionsPerLoop: 6)
        try await PersistenceFixture.with(loops: 2, limits: limits) { fixture in
            let store = PostgresDeviceStore(database: fixture.database)
            let outcomes = await race(store, (0..<30).map { _ in .sample(group: "crowd") }, limit: 20)
            let refusals = outcomes.compactMap { outcome in
                if case .failure(let error) = outcome { error } else { nil }
            }
            #expect(refusals == Array(repeating: .groupFull(limit: 20), count: 10))
            let members = try await store.activeDevices(in: DeviceRegistration.sample(group: "crowd").group)
            #expect(members.count == 20)
        }
    }

    @Test func `one new device registered in many groups at once ends up in one of them`() async throws {
        let limits = PostgresLimits.patient(pipelineDepth: 1, connectionsPerLoop: 6)
        try await PersistenceFixture.with(loops: 2, limits: limits) { fixture in
            let store = PostgresDeviceStore(database: fixture.database)
            let id = DeviceID.random()
            let outcomes = await race(store, (0..<12).map { .sample(id, group: "group-\($0)") }, limit: 20)
            for outcome in outcomes { _ = try outcome.get() }
            let counts = try await fixture.query("SELECT count(*)::int4 FROM core.devices WHERE active")
            #expect(counts[0].int32(0) == 1)
        }
    }

    @Test func `moves in a ring of almost full groups never deadlock and never overfill`() async throws {
        let limits = PostgresLimits.patient(pipelineDepth: 1, connectionsPerLoop: 6)
        try await PersistenceFixture.with(loops: 2, limits: limits) { fixture in
            let store = PostgresDeviceStore(database: fixture.database)
            var devices: [DeviceID] = []
            for group in 0..<4 {
                for _ in 0..<4 {
                    let registration = DeviceRegistration.sample(group: "ring-\(group)")
                    _ = try await store.register(registration, limit: 5, at: .now)
                    devices.append(registration.id)
                }
            }
            for round in 0..<8 {
                let moves = devices.enumerated().map { index, id in
                    DeviceRegistration.sample(id, group: "ring-\((index + round * (index % 3 + 1)) % 4)")
                }
                for case .failure(let error) in await race(store, moves, limit: 5) {
                    #expect(error == .groupFull(limit: 5))
                }
                let fullest = try await fixture.query(
                    "SELECT max(n)::int4, sum(n)::int4 FROM (SELECT count(*) AS n FROM core.devices WHERE active GROUP BY group_id) c"
                )
                #expect(try #require(fullest[0].int32(0)) <= 5 && fullest[0].int32(1) == 16)
            }
            let deadlocks = try await fixture.query(
                "SELECT deadlocks::int4 FROM pg_stat_database WHERE datname = current_database()")
            #expect(deadlocks[0].int32(0) == 0)
        }
    }

    @Test func `a group is listed within bounds on a table of many days`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresDeviceStore(database: fixture.database)
            for number in 0..<20 {
                _ = try await store.register(.sample(name: "Phone \(number)", group: "family"), limit: 20, at: .now)
            }
            try await fixture.query("SELECT core.ensure_location_partitions(current_date - 30, current_date)")
            try await fixture.query(
                """
                INSERT INTO core.locations (device_id, captured_at, latitude, longitude, accuracy)
                SELECT d.device_id, now() - n * interval '30 minutes', 1, 2, 3
                FROM core.devices d, generate_series(0, 1400) n
                """)
            let plan = try await fixture.query(
                """
                EXPLAIN (FORMAT TEXT) SELECT * FROM core.devices_with_last_location WHERE group_id = 'family' AND active
                """)
            let lines = plan.rows.compactMap { $0.text(0) }.joined(separator: "\n")
            #expect(!lines.contains("Seq Scan on locations_2"))
            #expect(lines.contains("Index Scan") && lines.contains("_pkey"))
            let states = try await store.activeDevices(in: DeviceRegistration.sample(group: "family").group)
            #expect(states.count == 20 && states.allSatisfy { $0.lastFix != nil })
        }
    }

    @Test func `an error of Postgres's own is told with its SQLSTATE, an absent Postgres as unavailable`() async throws
    {
        try await PersistenceFixture.with(isMigrated: false) { fixture in
            let store = PostgresDeviceStore(database: fixture.database)
            await #expect(throws: DeviceStoreError.failed(sqlState: "42P01")) { try await store.device(.random()) }
            let limits = PostgresLimits(queryTimeout: .milliseconds(200))
            let absent = Database(url: "host=/nonexistent dbname=none", limits: limits, on: fixture.loops.loops)
            absent.start()
            await #expect(throws: DeviceStoreError.unavailable) {
                try await PostgresDeviceStore(database: absent).device(.random())
            }
            await absent.close()
        }
    }
}
