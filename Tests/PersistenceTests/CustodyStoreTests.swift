import Model
import Persistence
import Testing

/// Erasing, bringing back, listing, and what the audit log says of it.
@Suite struct `The store of what is done with devices` {
    private func note(_ operation: String = "test", _ target: DeviceID? = nil) -> AuditEntry {
        AuditEntry(
            at: .now, actor: .key(APIKeyID(.version7(at: .now)), prefix: "pm_abcde"), operation: operation,
            target: target?.description, outcome: .done, requestID: "r-1", clientAddress: "::1")
    }

    private func count(_ sql: String, _ fixture: PersistenceFixture) async throws -> Int {
        Int(try await fixture.query("SELECT count(*) FROM \(sql)")[0].int64(0) ?? -1)
    }

    @Test func `an erased device leaves no location behind, in whatever partition it was`() async throws {
        try await PersistenceFixture.with { fixture in
            let (devices, store) = (
                PostgresDeviceStore(database: fixture.database), PostgresCustodyStore(database: fixture.database)
            )
            let registration = DeviceRegistration.sample(group: "family")
            let other = DeviceRegistration.sample(group: "family")
            for one in [registration, other] {
                _ = try await devices.register(one, limit: 20, at: .now)
                // The second has no partition of its own day.
                try await fixture.insert(
                    [.sample(at: .now), .sample(at: Timestamp(milliseconds: 1_000_000_000_000))], of: one.id)
            }
            let erased = try #require(
                try await store.erase(registration.id, at: .now, note: note("e", registration.id)))
            #expect(erased.locations == 2 && erased.device.id == registration.id)
            #expect(try await devices.device(registration.id) == nil)
            #expect(try await count("core.locations", fixture) == 2)
            #expect(try await store.erase(registration.id, at: .now, note: note("e", registration.id)) == nil)
            let audit = try await PostgresAuditStore(database: fixture.database).page(
                from: nil, to: nil, after: nil, limit: 10)
            #expect(audit.map(\.entry.outcome) == [.notFound, .done])
            #expect(audit.map(\.entry.affected) == [nil, 2])
            #expect(audit[1].entry.target == registration.id.description)
        }
    }

    @Test func `an erasure that cannot be noted does not happen`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresCustodyStore(database: fixture.database)
            let registration = DeviceRegistration.sample(group: "family")
            _ = try await PostgresDeviceStore(database: fixture.database).register(registration, limit: 20, at: .now)
            try await fixture.insert([.sample(at: .now)], of: registration.id)
            var bad = note()
            bad.operation = ""
            let refused = bad
            await #expect(throws: DeviceStoreError.failed(sqlState: "23514")) {
                _ = try await store.erase(registration.id, at: .now, note: refused)
            }
            #expect(try await count("core.devices", fixture) == 1)
        }
    }

    @Test func `only inactive devices unseen for long are purged`() async throws {
        try await PersistenceFixture.with { fixture in
            let (devices, store) = (
                PostgresDeviceStore(database: fixture.database), PostgresCustodyStore(database: fixture.database)
            )
            let old = Timestamp.now.advanced(by: .seconds(-10 * 86_400))
            var ids: [DeviceID] = []
            for (name, seen, isActive) in [("old", old, false), ("new", .now, false), ("active", old, true)] {
                let registration = DeviceRegistration.sample(name: name, group: "family")
                _ = try await devices.register(registration, limit: 20, at: seen)
                if !isActive { _ = try await devices.deactivate(registration.id, at: .now) }
                try await fixture.insert([.sample(at: .now)], of: registration.id)
                ids.append(registration.id)
            }
            let cutoff = Timestamp.now.advanced(by: .seconds(-86_400))
            #expect(try await store.inactiveDevices(unseenSince: cutoff, after: nil, limit: 10) == [ids[0]])
            #expect(try await store.inactiveDevices(unseenSince: cutoff, after: ids[0], limit: 10).isEmpty)
            for id in ids { _ = try await store.purge(id, unseenSince: cutoff, at: .now, note: note("p", id)) }
            #expect(try await count("core.devices", fixture) == 2)
            #expect(try await count("core.locations", fixture) == 2)
            #expect(try await count("core.audit_log", fixture) == 1)
        }
    }

    @Test func `the audit log takes additions only, but for what its retention removes`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresAuditStore(database: fixture.database)
            var old = note("old")
            old.at = .now.advanced(by: .seconds(-400 * 86_400))
            try await store.note([old, note("new")])
            for attempt in [
                "UPDATE core.audit_log SET operation = 'x'", "DELETE FROM core.audit_log", "TRUNCATE core.audit_log",
            ] {
                await #expect(throws: PostgresError.self) { _ = try await fixture.query(attempt) }
            }
            #expect(try await count("core.audit_log", fixture) == 2)
            #expect(try await store.removeEntries(before: .now.advanced(by: .seconds(-365 * 86_400))) == 1)
            #expect(try await store.page(from: nil, to: nil, after: nil, limit: 9).map(\.entry.operation) == ["new"])
            // The permission ends with the function.
            await #expect(throws: PostgresError.self) { _ = try await fixture.query("DELETE FROM core.audit_log") }
        }
    }

    @Test func `pages of the audit log lose and repeat nothing, even of one moment`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresAuditStore(database: fixture.database)
            let moment = Timestamp.now
            var entries = (0..<25).map { note("op\($0)") }
            for index in entries.indices { entries[index].at = moment.advanced(by: .milliseconds(index / 10)) }
            try await store.note(entries)
            var found: [String] = []
            var position: PostgresAuditStore.Position?
            while true {
                let page = try await store.page(from: nil, to: nil, after: position, limit: 7)
                found += page.map(\.entry.operation)
                guard let last = page.last else { break }
                position = .init(at: last.entry.at, id: last.id)
            }
            #expect(found == (0..<25).reversed().map { "op\($0)" })
            let part = try await store.page(
                from: moment.advanced(by: .milliseconds(1)), to: moment.advanced(by: .milliseconds(2)), after: nil,
                limit: 99)
            #expect(part.count == 10)
        }
    }

    @Test func `it is forgotten after a while which devices were erased`() async throws {
        try await PersistenceFixture.with { fixture in
            let registration = DeviceRegistration.sample(group: "family")
            _ = try await PostgresDeviceStore(database: fixture.database).register(registration, limit: 20, at: .now)
            _ = try await PostgresCustodyStore(database: fixture.database).erase(
                registration.id, at: .now, note: note())
            let store = PostgresAuditStore(database: fixture.database)
            #expect(try await store.forgetErasures(before: .now.advanced(by: .seconds(-60))) == 0)
            #expect(try await store.forgetErasures(before: .now.advanced(by: .seconds(60))) == 1)
        }
    }

    @Test func `history looks at no partition beyond its times and scans none`() async throws {
        try await PersistenceFixture.with { fixture in
            try await fixture.query("SELECT core.ensure_location_partitions('2026-01-01', '2026-01-28')")
            try await fixture.query(
                """
                INSERT INTO core.locations (device_id, captured_at, latitude, longitude, accuracy)
                SELECT ('00000000-0000-0000-0000-' || lpad((n % 500)::text, 12, '0'))::uuid,
                    '2026-01-01Z'::timestamptz + n * interval '25 seconds', 1, 1, 1 FROM generate_series(0, 96767) n
                """)
            try await fixture.database.withConnection(within: .seconds(60)) {
                try await $0.run(script: "ANALYZE core.locations")
            }
            func plan(_ sql: String) async throws -> String {
                try await fixture.query("EXPLAIN " + sql).rows.compactMap { $0.text(0) }.joined(separator: "\n")
            }
            let bounded = try await plan(
                """
                SELECT * FROM core.locations WHERE device_id = '00000000-0000-0000-0000-000000000007'
                AND captured_at >= '2026-01-10Z' AND captured_at < '2026-01-12Z' ORDER BY captured_at DESC LIMIT 100
                """)
            #expect(bounded.contains("locations_20260110") && bounded.contains("locations_20260111"))
            #expect(!bounded.contains("locations_20260112") && !bounded.contains("locations_20260109"))
            #expect(!bounded.contains("Seq Scan on locations_2026"), "\(bounded)")
            let open = try await plan(
                """
                SELECT * FROM core.locations WHERE device_id = '00000000-0000-0000-0000-000000000007'
                AND captured_at > '-infinity' ORDER BY captured_at LIMIT 500
                """)
            #expect(!open.contains("Seq Scan on locations_202601"), "\(open)")
        }
    }
}
