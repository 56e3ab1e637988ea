import Foundation
import HubTesting
import Journeys
import Model
import Testing

@testable import Persistence
@testable import Travel

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
                case 2: await hub.tick()
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
            for _ in 0..<2 { await hub.tick() }
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
            for _ in 0..<2 { await hub.tick() }
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
            for _ in 0..<2 { await next.tick() }
            #expect(try await WholeRecord.stored(of: user, in: fixture) == WholeRecord.expected(of: track))
        }
    }

    @Test func `of a former device count up to when it was one, and no others do`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let device = try await fixture.device(of: user)
            // The database's time, which is no test's.
            let track = points(100, from: Int64(Date.now.timeIntervalSince1970) * 1000 - 3_600_000)
            let clock = ManualClock(track[99].time)
            let hub = LiveHub(fixture, clock: clock)
            try await fixture.query(
                "UPDATE travel.tracked_devices SET until = $1::timestamptz", track[60].time)
            // They come when it is none any more.
            hub.recorder.pending.fixesCommitted(try await fixture.store(track, of: device, at: clock.now))
            await hub.flush()
            #expect(
                try await WholeRecord.stored(of: user, in: fixture) == WholeRecord.expected(of: Array(track[..<60])))
            let version = try await fixture.store.state(of: user)?.version
            hub.recorder.pending.fixesCommitted(
                try await fixture.store(Array(track[60...]), of: device, at: clock.now))
            await hub.flush()
            #expect(try await fixture.store.state(of: user)?.version == version)
            #expect(hub.recorder.pending.oldest == nil)
        }
    }

    @Test func `of a device that is somebody else's now do not count`() async throws {
        try await RecordFixture.with { fixture in
            let (ada, ben) = (try await fixture.traveller(), try await fixture.traveller())
            let device = try await fixture.device(of: ada)
            try await fixture.query("UPDATE core.devices SET owner_id = $1::uuid", ben.rawValue)
            let track = points(60, from: 1_750_000_000_000)
            let clock = ManualClock(track[59].time)
            for isStopped in [false, true] {
                let hub = LiveHub(fixture, clock: clock)
                hub.recorder.pending.fixesCommitted(try await fixture.store(track, of: device, at: clock.now))
                if isStopped { await hub.recorder.finish() } else { await hub.flush() }
                #expect(try await fixture.store.state(of: ada)?.dirty == nil)
            }
            #expect(try await fixture.store.track(of: ada, from: nil, limit: 10).points.isEmpty)
            #expect(try await WholeRecord.stored(of: ada, in: fixture) == WholeRecord.expected(of: []))
        }
    }
}

@Suite struct `Readings in memory` {
    @Test func `are not kept of somebody who has not reported for long`() {
        let users = [1, 2].map { UserID(UniqueID(high: 0x0190_d2f4_7d3a_7c61, low: $0)) }
        let start = RecordStart(change: Timestamp(milliseconds: 1_750_000_000_000), landmarks: [])
        let reading = KeptReading(reading: RecordReading(from: start), version: 1)
        let now = ContinuousClock.now
        var kept = KeptReadings(limit: 10)
        for (index, user) in users.enumerated() {
            kept.put(reading, of: user, at: now.advanced(by: .seconds(index * 3600)))
        }
        kept.drop(unusedSince: now.advanced(by: .seconds(1800)))
        #expect(kept.count == 1)
        let (old, fresh) = (kept.take(users[0]), kept.take(users[1]))
        #expect(old == nil && fresh != nil)
    }
}
