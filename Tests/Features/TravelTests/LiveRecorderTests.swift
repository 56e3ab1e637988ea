import HubTesting
import Journeys
import Model
import Telemetry
import Testing

@testable import Persistence
@testable import Travel

/// A hub's part that works live locations in, and its end by force.
private struct LiveHub {
    let recorder: LiveRecorder
    let travel: TravelServices

    init(
        _ fixture: RecordFixture, clock: ManualClock, limits: TravelLiveLimits = TravelLiveLimits(),
        horizon: @escaping @Sendable () -> Timestamp? = { nil }
    ) {
        let travel = TravelServices(database: fixture.database, cells: GridAtlas(), horizon: horizon)
        self.travel = travel
        recorder = LiveRecorder(
            store: PostgresLiveStore(database: fixture.database), travel: travel, limits: limits, clock: clock,
            log: Logger("travel", output: LogOutput(level: .error, format: .json, descriptor: 2)),
            meters: TravelMeters(MetricsRegistry()), oldestHeld: { nil })
    }

    /// Works in everything that waits.
    func flush() async { await recorder.look(isAll: true) }
}

extension RecordFixture {
    /// A device whose locations count for somebody.
    fileprivate func device(of user: UserID, since: Timestamp = Timestamp(milliseconds: 0)) async throws -> DeviceID {
        let device = DeviceID(.version7(at: Timestamp(milliseconds: 1_700_000_000_000)))
        try await query(
            "INSERT INTO travel.tracked_devices VALUES ($1::uuid, $2::uuid, $3::timestamptz)", user.rawValue,
            device.rawValue, since)
        return device
    }

    /// Stores locations as journals do: those that are there already are passed over.
    fileprivate func store(_ points: [TrackPoint], of device: DeviceID, at now: Timestamp) async throws
        -> [CommittedFix]
    {
        var parameters = PostgresParameters()
        parameters.append(device.rawValue)
        parameters.append(now)
        parameters.append(column: points) { $0.time }
        parameters.append(column: points) { $0.latitude }
        parameters.append(column: points) { $0.longitude }
        let sql = """
            INSERT INTO core.locations (device_id, created_at, captured_at, latitude, longitude, accuracy)
            SELECT $1::uuid, $2::timestamptz, g.*, 5
            FROM unnest($3::timestamptz[], $4::float8[], $5::float8[]) AS g ON CONFLICT DO NOTHING
            """
        _ = try await database.query(PostgresQuery(PostgresStatement("test.locations", sql), parameters))
        return points.map {
            CommittedFix(
                device: device,
                fix: Fix(capturedAt: $0.time, latitude: $0.latitude, longitude: $0.longitude, accuracy: 5),
                receivedAt: now)
        }
    }

    /// Every hub that was there has been silent for long.
    fileprivate func ageHubs() async throws {
        try await query("UPDATE travel.live_progress SET beat_at = beat_at - interval '1 hour'")
    }
}

@Suite(.timeLimit(.minutes(3))) struct `Live locations` {
    private func points(_ count: Int, from start: Int64, every seconds: Int64 = 5) -> [TrackPoint] {
        (0..<count).map {
            TrackPoint(
                time: Timestamp(milliseconds: start + Int64($0) * seconds * 1000), latitude: 48 + Double($0) * 0.0003,
                longitude: 17)
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `make the record that all of them make, whenever hubs were killed`(seed: UInt64) async throws {
        let track = RandomTrack(seed: seed &* 77).points
        try await RecordFixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            let user = try await fixture.traveller()
            let device = try await fixture.device(of: user)
            let clock = ManualClock(track[0].time)
            var hub = LiveHub(fixture, clock: clock)
            await hub.recorder.beat()
            var order = track
            for _ in 0..<seed {
                let late = order.remove(at: .random(in: 0..<order.count, using: &random))
                order.insert(late, at: .random(in: 0...order.count, using: &random))
            }
            var rest = order[...]
            var newest = track[0].time
            while !rest.isEmpty {
                let batch = Array(rest.prefix(.random(in: 1...60, using: &random)))
                rest = rest.dropFirst(batch.count)
                newest = max(newest, batch.map(\.time).max() ?? newest)
                clock.set(newest)
                let told = try await fixture.store(batch, of: device, at: newest)
                // A hub that is killed after the commit, and before it is told.
                let isKilled = Int.random(in: 0..<12, using: &random) == 0
                if !isKilled { hub.recorder.pending.fixesCommitted(told) }
                // Sent again, committed again, told again.
                if Int.random(in: 0..<6, using: &random) == 0 { hub.recorder.pending.fixesCommitted(told) }
                switch Int.random(in: 0..<5, using: &random) {
                case 0, 1: await hub.flush()
                case 2: await hub.recorder.beat()
                default: break
                }
                if isKilled || Int.random(in: 0..<15, using: &random) == 0 {
                    try await fixture.ageHubs()
                    hub = LiveHub(fixture, clock: clock)
                    await hub.recorder.beat()
                }
            }
            await hub.flush()
            // What was marked and left is worked in at the second look.
            for _ in 0..<2 { await hub.recorder.beat() }
            let (stored, expected) = (
                try await WholeRecord.stored(of: user, in: fixture), WholeRecord.expected(of: track)
            )
            let isSame = stored == expected
            #expect(isSame, "\(Set(stored).symmetricDifference(expected).sorted().prefix(6))")
            #expect(try await fixture.store.state(of: user)?.dirty == nil)
        }
    }

    @Test func `go on from memory while they come in order, and are read again when not`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let device = try await fixture.device(of: user)
            let track = points(200, from: 1_750_000_000_000)
            let clock = ManualClock(track[0].time)
            let hub = LiveHub(fixture, clock: clock)
            func tell(_ part: ArraySlice<TrackPoint>) async throws {
                hub.recorder.pending.fixesCommitted(try await fixture.store(Array(part), of: device, at: clock.now))
                await hub.flush()
            }
            try await tell(track[..<50])
            let version = try await fixture.store.state(of: user)?.version ?? 0
            try await tell(track[50..<100])
            // One change, and no mark before it.
            #expect(try await fixture.store.state(of: user)?.version == version + 1)
            try await tell(track[150...])
            try await tell(track[100..<150])
            let stored = try await WholeRecord.stored(of: user, in: fixture)
            #expect(stored == WholeRecord.expected(of: track))
        }
    }

    @Test func `of devices that are nobody's are passed over, and count from when they are somebody's`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let track = points(100, from: 1_750_000_000_000)
            let clock = ManualClock(track[99].time)
            let hub = LiveHub(fixture, clock: clock)
            let device = try await fixture.device(of: user, since: track[40].time)
            let stranger = DeviceID(.version7(at: clock.now))
            for owner in [device, stranger] {
                hub.recorder.pending.fixesCommitted(try await fixture.store(track, of: owner, at: clock.now))
            }
            await hub.flush()
            #expect(hub.recorder.pending.oldest == nil)
            #expect(
                try await WholeRecord.stored(of: user, in: fixture) == WholeRecord.expected(of: Array(track[40...])))
            hub.recorder.pending.fixesCommitted(try await fixture.store(track, of: stranger, at: clock.now))
            #expect(hub.recorder.pending.deviceCount == 0)
        }
    }

    @Test func `wait in bounded memory, and what there is no room for is looked for in Postgres`() async throws {
        try await RecordFixture.with { fixture in
            let track = points(60, from: 1_750_000_000_000)
            let clock = ManualClock(track[59].time)
            var limits = TravelLiveLimits()
            limits.devices = 2
            let hub = LiveHub(fixture, clock: clock, limits: limits)
            var users: [UserID] = []
            for _ in 0..<5 {
                let user = try await fixture.traveller()
                users.append(user)
                let device = try await fixture.device(of: user)
                hub.recorder.pending.fixesCommitted(try await fixture.store(track, of: device, at: clock.now))
            }
            #expect(hub.recorder.pending.deviceCount == 2)
            await hub.flush()
            for _ in 0..<2 { await hub.recorder.beat() }
            for user in users {
                #expect(try await WholeRecord.stored(of: user, in: fixture) == WholeRecord.expected(of: track))
            }
            #expect(hub.recorder.pending.oldest == nil)
        }
    }

    @Test func `that wait when a hub stops are left to the next one`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let device = try await fixture.device(of: user)
            let track = points(60, from: 1_750_000_000_000)
            let clock = ManualClock(track[59].time)
            let hub = LiveHub(fixture, clock: clock)
            await hub.recorder.beat()
            hub.recorder.pending.fixesCommitted(try await fixture.store(track, of: device, at: clock.now))
            await hub.recorder.finish()
            #expect(try await fixture.query("SELECT FROM travel.live_progress").rowCount == 0)
            #expect(try await fixture.store.state(of: user)?.dirty == track[0].time...track[59].time)
            let next = LiveHub(fixture, clock: clock)
            for _ in 0..<2 { await next.recorder.beat() }
            #expect(try await WholeRecord.stored(of: user, in: fixture) == WholeRecord.expected(of: track))
        }
    }
}

/// Locations are kept for a while, records for good.
@Suite(.timeLimit(.minutes(2))) struct `A record whose locations were removed` {
    private static let start = 1_750_000_000_000 as Int64

    /// Ten hours at home, two on the road, ten at another place: a point a minute.
    private static let track: [TrackPoint] = (0..<1320).map { minute in
        let away = Double(min(max(minute - 600, 0), 120))
        return TrackPoint(
            time: Timestamp(milliseconds: start + Int64(minute) * 60_000), latitude: 48 + away * 0.005, longitude: 17)
    }

    @Test func `stays, and goes on after a restart`() async throws {
        let track = `A record whose locations were removed`.track
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let device = try await fixture.device(of: user)
            let clock = ManualClock(track[1000].time)
            let first = LiveHub(fixture, clock: clock)
            first.recorder.pending.fixesCommitted(
                try await fixture.store(Array(track[...1000]), of: device, at: clock.now))
            await first.flush()
            // In the middle of the second stay.
            let horizon = track[900].time
            try await fixture.query("DELETE FROM core.locations WHERE captured_at < $1::timestamptz", horizon)
            let second = LiveHub(fixture, clock: clock, horizon: { horizon })
            second.recorder.pending.fixesCommitted(
                try await fixture.store(Array(track[1001...]), of: device, at: track[1319].time))
            await second.flush()
            let (stored, expected) = (
                try await WholeRecord.stored(of: user, in: fixture), WholeRecord.expected(of: track)
            )
            // Where a record goes on there may be a landmark more.
            #expect(stored.filter { !$0.hasPrefix("landmark") } == expected.filter { !$0.hasPrefix("landmark") })
            #expect(Set(expected).subtracting(stored).isEmpty)
        }
    }

    @Test func `takes what is ingested late as cells and days, and as all that it is before there was anything live`()
        async throws
    {
        let track = `A record whose locations were removed`.track
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let device = try await fixture.device(of: user, since: track[0].time)
            let clock = ManualClock(track[1319].time)
            let horizon = track[900].time
            let hub = LiveHub(fixture, clock: clock, horizon: { horizon })
            hub.recorder.pending.fixesCommitted(try await fixture.store(track, of: device, at: clock.now))
            // All of it is there, so all of it is read.
            let whole = LiveHub(fixture, clock: clock)
            whole.recorder.pending.fixesCommitted(try await fixture.store(track, of: device, at: clock.now))
            await whole.flush()
            let before = try await WholeRecord.stored(of: user, in: fixture)
            try await fixture.query("DELETE FROM core.locations WHERE captured_at < $1::timestamptz", horizon)

            // Far away, in the middle of the time that is gone.
            let late = TrackPoint(
                time: Timestamp(milliseconds: track[300].time.milliseconds + 30_000), latitude: -20, longitude: 30)
            _ = try await fixture.store.add([late], of: user)
            try await hub.travel.workIn(for: user)
            let after = try await WholeRecord.stored(of: user, in: fixture)
            let journeys = { (lines: [String]) in
                lines.filter { !$0.hasPrefix("cell") && !$0.hasPrefix("region") && !$0.hasPrefix("totals") }
            }
            #expect(journeys(after) == journeys(before))
            #expect(after.filter { $0.hasPrefix("cell") }.count == before.filter { $0.hasPrefix("cell") }.count + 2)
            #expect(try await fixture.store.state(of: user)?.dirty == nil)

            // A month earlier, over the beginning and into the time that is gone.
            let old = track[..<700].map {
                TrackPoint(
                    time: Timestamp(milliseconds: $0.time.milliseconds - 600 * 60_000), latitude: $0.latitude,
                    longitude: -60)
            }
            _ = try await fixture.store.add(old, of: user)
            try await hub.travel.workIn(for: user)
            let last = try await WholeRecord.stored(of: user, in: fixture)
            #expect(Set(journeys(before)).isSubset(of: last))
            let alone = WholeRecord.expected(of: Array(old[..<600]))
            for stay in alone where stay.hasPrefix("stay") { #expect(last.contains(stay)) }
            #expect(try await fixture.store.state(of: user)?.dirty == nil)
        }
    }
}
