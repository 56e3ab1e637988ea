import HubTesting
import Journeys
import Model
import Testing

@testable import Persistence
@testable import Travel

/// Of a device that is erased nothing is left, also when locations are gone that the record was made of; what others have told
/// stays, as far as it can be told from that (docs/adr/0051).
@Suite(.timeLimit(.minutes(2))) struct `A record whose locations were removed and then a device` {
    private static let start = 1_750_000_000_000 as Int64

    private static func moment(_ minute: Int) -> Timestamp { Timestamp(milliseconds: start + Int64(minute) * 60_000) }

    /// Ten hours at home, two on the road, ten at another place: a point a minute. The phone was changed at home.
    private static let track: [TrackPoint] = (0..<1320).map { minute in
        let away = Double(min(max(minute - 600, 0), 120))
        return TrackPoint(time: moment(minute), latitude: 48 + away * 0.005, longitude: 17)
    }
    private static let change = 300
    private static let horizon = 900

    /// An hour elsewhere, of a file.
    private static func file(from minute: Int) -> [TrackPoint] {
        (0..<60).map {
            TrackPoint(
                time: Timestamp(milliseconds: moment(minute + $0).milliseconds + 500), latitude: -20, longitude: 30)
        }
    }

    /// Somebody whose two phones have told all of the track, of which only the end is left.
    private func travelled(_ fixture: RecordFixture) async throws -> (
        hub: LiveHub, user: UserID, first: DeviceID, second: DeviceID
    ) {
        typealias Own = `A record whose locations were removed and then a device`
        let user = try await fixture.traveller()
        let (first, second) = try await fixture.devices(of: user, changedAt: Own.moment(Own.change))
        let clock = ManualClock(Own.moment(1319))
        let hub = LiveHub(fixture, clock: clock, horizon: { Own.moment(Own.horizon) })
        let whole = LiveHub(fixture, clock: clock)
        whole.recorder.pending.fixesCommitted(
            try await fixture.store(Array(Own.track[..<Own.change]), of: first, at: clock.now))
        whole.recorder.pending.fixesCommitted(
            try await fixture.store(Array(Own.track[Own.change...]), of: second, at: clock.now))
        await whole.flush()
        #expect(try await WholeRecord.stored(of: user, in: fixture) == WholeRecord.expected(of: Own.track))
        try await fixture.query(
            "DELETE FROM core.locations WHERE captured_at < $1::timestamptz", Own.moment(Own.horizon))
        return (hub, user, first, second)
    }

    private func lines(_ user: UserID, _ fixture: RecordFixture, _ kinds: String...) async throws -> [String] {
        try await WholeRecord.stored(of: user, in: fixture).filter { line in kinds.contains { line.hasPrefix($0) } }
    }

    /// Cells, days and totals are what the visits come to.
    private func isCounted(_ user: UserID, _ fixture: RecordFixture) async throws -> Bool {
        try await fixture.query(
            """
            SELECT FROM travel.travellers t
            WHERE t.user_id = $1::uuid AND t.visits = (
                    SELECT count(*) FROM travel.visits v WHERE v.user_id = t.user_id AND v.res = 8)
                AND t.days = (SELECT count(*) FROM travel.user_days d WHERE d.user_id = t.user_id)
                AND t.cells_res8 = (SELECT count(*) FROM travel.user_cells u WHERE u.user_id = t.user_id AND u.res = 8)
                AND t.cells_res6 = (SELECT count(*) FROM travel.user_cells u WHERE u.user_id = t.user_id AND u.res = 6)
                AND NOT EXISTS (
                    SELECT FROM travel.user_cells u WHERE u.user_id = t.user_id AND u.visit_count <> (
                        SELECT count(*) FROM travel.visits v WHERE v.user_id = t.user_id AND v.cell = u.cell))
            """, user.rawValue
        ).rowCount == 1
    }

    @Test func `keeps what the later phone told`() async throws {
        typealias Own = `A record whose locations were removed and then a device`
        try await RecordFixture.with { fixture in
            let (hub, user, first, second) = try await travelled(fixture)
            let before = try await WholeRecord.stored(of: user, in: fixture)
            // In the time of each phone; of the second's, which is gone, cells and days alone.
            _ = try await fixture.store.add(Own.file(from: 100) + Own.file(from: 400), of: user)
            try await hub.travel.workIn(for: user)
            try await fixture.erase(first)
            let step = DeviceErasure(travel: hub.travel, live: hub.recorder)
            #expect(try await step.erase(leftBy: first, within: .seconds(60)))
            let alone = WholeRecord.expected(of: Own.file(from: 100))
            let change = Own.moment(Own.change).milliseconds
            let time = { (line: String, index: Int) in Int64(line.split(separator: " ")[index]) ?? 0 }
            // Of the first phone's time there is what the file tells.
            let visits = try await lines(user, fixture, "visit")
            #expect(visits.filter { time($0, 3) < change } == alone.filter { $0.hasPrefix("visit") })
            // Where both were, the second's visit begins when it took over.
            let later = before.filter { $0.hasPrefix("visit") && time($0, 3) >= change }
            let fresh = Set(visits).subtracting(later).filter { time($0, 3) >= change }
            #expect(Set(later).isSubset(of: visits) && fresh.count == 2 && fresh.allSatisfy { time($0, 3) == change })
            let journeys = try await lines(user, fixture, "stay", "trip", "unseen")
            #expect(journeys.filter { time($0, 1) < change } == alone.filter { $0.hasPrefix("stay") })
            #expect(
                journeys.filter { time($0, 1) >= change }
                    == before.filter { ($0.hasPrefix("stay") || $0.hasPrefix("trip")) && time($0, 1) >= change })
            #expect(journeys.contains { $0.hasPrefix("trip") })
            // What was only noted still is, and everything is counted as it is.
            #expect(try await fixture.store.state(of: user)?.dirty == nil)
            #expect(try await isCounted(user, fixture))
            let cell = "cell 8 \(GridAtlas().cells(of: Own.file(from: 0)[0]).res8) "
            let noted = try #require(try await lines(user, fixture, cell).first)
            #expect(time(noted, 4) == Own.file(from: 400)[59].time.milliseconds && time(noted, 5) == 1)

            // With the second one all is what the files tell.
            try await fixture.erase(second)
            #expect(try await step.erase(leftBy: second, within: .seconds(60)))
            let all = WholeRecord.expected(of: Own.file(from: 100) + Own.file(from: 400))
            #expect(
                try await WholeRecord.stored(of: user, in: fixture).filter { !$0.hasPrefix("landmark") }
                    == all.filter { !$0.hasPrefix("landmark") })
        }
    }

    @Test func `keeps what the earlier phone told`() async throws {
        typealias Own = `A record whose locations were removed and then a device`
        try await RecordFixture.with { fixture in
            let (hub, user, first, second) = try await travelled(fixture)
            _ = try await fixture.store.add(Own.file(from: 400) + Own.file(from: 1000), of: user)
            try await hub.travel.workIn(for: user)
            try await fixture.erase(second)
            let step = DeviceErasure(travel: hub.travel, live: hub.recorder)
            #expect(try await step.erase(leftBy: second, within: .seconds(60)))
            // At home up to when the other phone took over, and then what the file tells.
            let home = WholeRecord.expected(of: Array(Own.track[..<Own.change]))
            let file = WholeRecord.expected(of: Own.file(from: 400) + Own.file(from: 1000))
            let change = Own.moment(Own.change).milliseconds
            let time = { (line: String, index: Int) in Int64(line.split(separator: " ")[index]) ?? 0 }
            let visits = try await lines(user, fixture, "visit")
            #expect(visits.filter { time($0, 3) >= change } == file.filter { $0.hasPrefix("visit") })
            let own = visits.filter { time($0, 3) < change }
            #expect(own.count == home.filter { $0.hasPrefix("visit") }.count)
            #expect(own.allSatisfy { time($0, 4) == change - 1 })
            let stays = try await lines(user, fixture, "stay", "trip", "unseen")
            #expect(stays.filter { time($0, 1) < change } == ["stay \(Own.moment(0).milliseconds) \(change - 1)"])
            #expect(stays.filter { time($0, 1) >= change } == file.filter { $0.hasPrefix("stay") })
            #expect(try await isCounted(user, fixture))
            #expect(try await fixture.store.state(of: user)?.dirty == nil)
            #expect(try await hub.travel.records.people(leftBy: first).isEmpty)
        }
    }

    @Test func `is erased with the person, whatever was left of a device`() async throws {
        try await RecordFixture.with { fixture in
            let (_, user, first, _) = try await travelled(fixture)
            try await fixture.erase(first)
            #expect(try await fixture.query("SELECT FROM travel.erased_devices").rowCount == 1)
            let step = TravelErasure(store: fixture.store)
            #expect(try await !step.withdraw(user))
            while try await step.erase(user) {}
            #expect(try await fixture.query("SELECT FROM travel.erased_devices").rowCount == 0)
            #expect(try await fixture.query("SELECT FROM travel.travellers").rowCount == 0)
        }
    }
}

extension RecordFixture {
    /// Two devices of somebody's, of which the second counts from `change` on, and the first did before.
    func devices(of user: UserID, changedAt change: Timestamp) async throws -> (DeviceID, DeviceID) {
        let first = try await device(of: user)
        try await query(
            "UPDATE travel.tracked_devices SET until = $2::timestamptz WHERE device_id = $1::uuid", first.rawValue,
            change)
        return (first, try await device(of: user, since: change))
    }

    /// As the hub does.
    func erase(_ device: DeviceID) async throws {
        try await query("SELECT FROM core.erase_device($1::uuid, now(), NULL)", device.rawValue)
    }
}
