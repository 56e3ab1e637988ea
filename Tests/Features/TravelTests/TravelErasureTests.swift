import EventLoop
import HubTesting
import Journeys
import Model
import Persistence
import Testing

@testable import Travel

/// A record of years goes in parts, each a short transaction, whatever happens between two of them.
@Suite(.timeLimit(.minutes(3))) struct `A travel record of somebody who is erased` {
    /// Every table that names people.
    private static let tables = [
        "points", "visits", "user_cells", "user_regions", "user_days", "stays", "trips", "unseen_ways", "landmarks",
        "tracked_devices", "erased_devices", "travellers",
    ]

    private func count(_ fixture: RecordFixture, of user: UserID) async throws -> Int64 {
        var total = 0 as Int64
        for table in `A travel record of somebody who is erased`.tables {
            let result = try await fixture.query(
                "SELECT count(*) FROM travel.\(table) WHERE user_id = $1::uuid", user.rawValue)
            total += result[0].int64(0) ?? 0
        }
        return total
    }

    /// Rows of every kind: far more than one transaction may hold on to.
    private func fill(_ fixture: RecordFixture, _ user: UserID) async throws {
        try await fixture.query(
            """
            INSERT INTO travel.points (user_id, captured_at, latitude, longitude)
            SELECT $1::uuid, timestamptz '2020-01-01' + n * interval '1 minute', 48, 17 FROM generate_series(1, 20000) AS n
            """, user.rawValue)
        try await fixture.query(
            """
            INSERT INTO travel.h3_cells VALUES (7, 8, NULL, NULL, false, true, 0) ON CONFLICT DO NOTHING
            """)
        try await fixture.query(
            "INSERT INTO travel.user_cells VALUES ($1::uuid, 7, 8, '2019-01-01', '2019-01-10', 12961)", user.rawValue)
        try await fixture.query(
            "INSERT INTO travel.tracked_devices VALUES ($1::uuid, gen_random_uuid(), now())", user.rawValue)
        let track = RandomTrack(seed: 5).points
        _ = try await fixture.store.add(track, of: user)
        try await fixture.keeper().workIn(for: user)
        try await fixture.query(
            """
            INSERT INTO travel.visits (user_id, res, entered_at, left_at, cell)
            SELECT $1::uuid, 8, m, m, 7 FROM generate_series(
                timestamptz '2019-01-01', timestamptz '2019-01-10', interval '1 minute') AS m
            """, user.rawValue)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `goes in slices that may be broken off anywhere, and no other's with it`(seed: UInt64) async throws {
        try await RecordFixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            let (ada, ben) = (try await fixture.traveller(), try await fixture.traveller())
            for user in [ada, ben] { try await fill(fixture, user) }
            let (hers, his) = (try await count(fixture, of: ada), try await count(fixture, of: ben))
            #expect(hers > 30_000 && hers == his)
            let step = TravelErasure(store: fixture.store, rows: 500)
            #expect(try await !step.withdraw(ada))
            var slices = 0
            var until = 10
            var left = try await count(fixture, of: ada)
            while try await step.erase(ada) {
                slices += 1
                let now = try await count(fixture, of: ada)
                #expect(now < left && left - now <= 500)
                left = now
                guard slices == until else { continue }
                // The hub is killed within a slice, and another one begins at the front.
                until += Int.random(in: 1...20, using: &random)
                try await fixture.database.withConnection(within: .seconds(60)) { connection in
                    try await connection.run(script: "BEGIN; SELECT travel.erase_person('\(ada)', 500); ROLLBACK")
                }
                #expect(try await count(fixture, of: ada) == left)
                #expect(try await !step.withdraw(ada))
            }
            #expect(slices >= Int(hers) / 500)
            #expect(try await count(fixture, of: ada) == 0)
            #expect(try await count(fixture, of: ben) == his)
            #expect(try await !step.erase(ada))
            // What is everybody's stays.
            #expect(try await fixture.query("SELECT count(*) FROM travel.h3_cells")[0].int64(0) ?? 0 > 0)
        }
    }

    @Test func `takes nothing more of what was being worked in`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let track = RandomTrack(seed: 8).points
            _ = try await fixture.store.add(track, of: user)
            let state = try #require(try await fixture.store.state(of: user))
            let step = TravelErasure(store: fixture.store)
            #expect(try await !step.withdraw(user))
            // Who has read the record before comes too late, and finds nothing to do.
            let change = RecordChange(
                cells: [:], days: [18_000], visitsRes8: VisitSpan(start: track[0].time, end: nil, visits: []),
                visitsRes6: VisitSpan(start: track[0].time, end: nil, visits: []), journeys: nil, rest: nil,
                last: track[0].time)
            await #expect(throws: PostgresError.self) {
                _ = try await fixture.store.apply(change, to: user, at: state.version)
            }
            try await fixture.keeper().workIn(for: user)
            #expect(try await fixture.query("SELECT FROM travel.user_days").rowCount == 0)
            while try await step.erase(user) {}
            try await fixture.keeper().workIn(for: user)
            #expect(try await count(fixture, of: user) == 0)
            try await fixture.query("DELETE FROM core.users WHERE id = $1::uuid", user.rawValue)
        }
    }

    @Test func `goes within moments with the person when nobody has erased it before`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            try await fill(fixture, user)
            try await fixture.query("DELETE FROM core.users WHERE id = $1::uuid", user.rawValue)
            #expect(try await count(fixture, of: user) == 0)
        }
    }
}
