import HubTesting
import Journeys
import Model
import Testing

@testable import Persistence
@testable import Travel

/// Locations are kept for a while, records for good.
@Suite(.timeLimit(.minutes(2))) struct `A record whose locations were removed` {
    private static let start = 1_750_000_000_000 as Int64

    /// Ten hours at home, two on the road, ten at another place: a point a minute.
    private static let track: [TrackPoint] = (0..<1320).map { minute in
        let away = Double(min(max(minute - 600, 0), 120))
        return TrackPoint(
            time: Timestamp(milliseconds: start + Int64(minute) * 60_000), latitude: 48 + away * 0.005, longitude: 17)
    }

    /// In the middle of the second stay, and of the trip before it.
    @Test(arguments: [900, 660]) func `stays, and goes on after a restart`(minute: Int) async throws {
        let track = `A record whose locations were removed`.track
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let device = try await fixture.device(of: user)
            let clock = ManualClock(track[1000].time)
            let first = LiveHub(fixture, clock: clock)
            first.recorder.pending.fixesCommitted(
                try await fixture.store(Array(track[...1000]), of: device, at: clock.now))
            await first.flush()
            let horizon = track[minute].time
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

    @Test func `is made to its end while time goes on`() async throws {
        let track = `A record whose locations were removed`.track
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let device = try await fixture.device(of: user, since: track[0].time)
            let clock = ManualClock(track[1319].time)
            let edge = ManualClock(track[900].time)
            let hub = LiveHub(fixture, clock: clock) {
                edge.advance(by: .milliseconds(1))
                return edge.now
            }
            _ = try await fixture.store(track, of: device, at: clock.now)
            try await PostgresLiveStore(database: fixture.database).mark(user, track[0].time...track[1319].time)
            try await hub.travel.workIn(for: user)
            #expect(try await fixture.store.state(of: user)?.dirty == nil)
            #expect(try await fixture.store.state(of: user)?.workedTo == track[1319].time)
        }
    }
}
