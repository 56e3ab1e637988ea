import HubTesting
import Journeys
import Model
import Persistence
import Testing
import TrackFiles

@testable import Jobs
@testable import Travel

extension `An import` {
    private static let proof = PostgresQuery(PostgresStatement("test.proof", "SELECT 1"))
    private static let start = PostgresImportStore.Position(bytes: 1, points: 0, skipped: "{}")

    @Test func `of somebody who is erased is given up wherever it is, and no other's`() async throws {
        try await RecordFixture.with { fixture in
            let (desk, other) = (try await Desk(fixture), try await Desk(fixture))
            let begun = try await desk.receive(Self.file(Self.way(12_000), .csv))
            let proof = "SELECT 1 / (SELECT CASE WHEN points_read >= 5000 THEN 0 ELSE 1 END FROM travel.imports)"
            await #expect(throws: PostgresError.self) { try await desk.read(begun, proof: proof) }
            let waiting = try await desk.receive(Self.file(Self.way(1), .csv))
            let his = try await other.receive(Self.file(Self.way(1), .csv))
            let erasure = ImportErasure(store: desk.store, clock: ManualClock())
            #expect(try await !erasure.withdraw(desk.user))
            #expect(try await desk.state(waiting).state == .cancelled)
            #expect(try await other.state(his).state == .waiting)
            // Its job finds nothing to do any more.
            try await desk.read(begun)
            let state = try await desk.state(begun)
            #expect(state.state == .cancelled && state.pointsRead == 5000 && state.finishedAt != nil)
            while try await erasure.erase(desk.user) {}
            #expect(try await desk.store.get(begun) == nil)
            try await desk.read(begun)
            try await other.read(his)
            #expect(try await other.state(his).state == .done)
        }
    }

    @Test func `that is given up while a piece is fetched ends quietly`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let id = try await desk.receive(Self.file(Self.way(10), .csv))
            try await fixture.query(
                """
                CREATE FUNCTION travel.give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    DELETE FROM travel.import_pieces p WHERE p.import_id = NEW.id;
                    UPDATE travel.imports i SET state = 'cancelled', finished_at = now() WHERE i.id = NEW.id;
                    RETURN NULL;
                END $$
                """)
            try await fixture.query(
                """
                CREATE TRIGGER give_up AFTER UPDATE OF state ON travel.imports
                FOR EACH ROW WHEN (NEW.state = 'reading') EXECUTE FUNCTION travel.give_up()
                """)
            try await desk.read(id)
            #expect(try await desk.state(id).state == .cancelled)
        }
    }

    @Test func `that lacks a piece is tried no more`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let id = try await desk.receive(Self.file(Self.way(10), .csv))
            try await fixture.query("DELETE FROM travel.import_pieces")
            await #expect(throws: JobFailure.permanent("a piece is missing")) { try await desk.read(id) }
        }
    }

    @Test(arguments: ["waiting", "reading", "recording"])
    func `whose job is given up fails, and leaves its place to others`(state: String) async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let id = try await desk.receive(Self.file(Self.way(10), .csv))
            try await fixture.query("UPDATE travel.imports SET state = $1", state)
            #expect(try await desk.store.failForsaken(at: Self.now) == 0)
            try await fixture.query("SELECT core.bury_job(j.id, 'x') FROM core.jobs j")
            #expect(try await desk.store.failForsaken(at: Self.now) == 1)
            let failed = try await desk.state(id)
            #expect(failed.state == .failed && failed.error == "given_up" && failed.finishedAt == Self.now)
            #expect(try await desk.pieces() == 0)
            #expect(try await desk.store.failForsaken(at: Self.now) == 0)
            // An operator may still put the job back; it has nothing to do.
            try await desk.read(id)
            #expect(try await desk.state(id).state == .failed)
        }
    }

    @Test func `and another of the same person and moments never wait for each other`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            for round in 0..<5 {
                let points = Self.way(5000).map {
                    TrackPoint(
                        time: $0.time.advanced(by: .seconds(round * 100_000)), latitude: $0.latitude,
                        longitude: $0.longitude)
                }
                let reversed = Array(points.reversed())
                let one = try await desk.receive(Self.file(Self.way(1), .csv))
                let two = try await desk.receive(Self.file(Self.way(1), .csv))
                for id in [one, two] { #expect(try await desk.store.startReading(id)) }
                async let first = desk.store.advance(one, by: points, to: Self.start, proof: Self.proof)
                async let second = desk.store.advance(two, by: reversed, to: Self.start, proof: Self.proof)
                let done = try await (first, second)
                #expect(done.0 && done.1)
                let added = try await (desk.state(one).pointsAdded, desk.state(two).pointsAdded)
                #expect(added.0 + added.1 == 5000)
                try await desk.store.cancelAll(of: desk.user, at: Self.now)
            }
        }
    }

    @Test func `keeps the first of a moment, whatever stands between`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let id = try await desk.receive(Self.file(Self.way(1), .csv))
            #expect(try await desk.store.startReading(id))
            let moments = [2000, 1000, 1000, 2000] as [Int64]
            let points = moments.enumerated().map { number, moment in
                TrackPoint(time: Timestamp(milliseconds: moment), latitude: Double(number), longitude: 17)
            }
            #expect(try await desk.store.advance(id, by: points, to: Self.start, proof: Self.proof))
            let stored = try await desk.store.points(
                of: desk.user, from: Timestamp(milliseconds: 0), to: Self.now, limit: 10)
            #expect(stored.points == [points[1], points[0]])
        }
    }

    @Test func `is not of a device that is somebody else's by now, when it comes out`() async throws {
        try await RecordFixture.with { fixture in
            let (desk, other) = (try await Desk(fixture), try await Desk(fixture))
            let device = UniqueID.version7(at: Self.now)
            try await fixture.query("INSERT INTO core.groups (id) VALUES ('family')")
            try await fixture.query(
                """
                INSERT INTO core.devices (device_id, display_name, group_id, owner_id)
                VALUES ($1::uuid, 'Phone', 'family', $2::uuid)
                """, device, desk.user.rawValue)
            try await fixture.query(
                "INSERT INTO travel.tracked_devices VALUES ($1::uuid, $2::uuid, '1960-01-01')", desk.user.rawValue,
                device)
            try await fixture.query(
                """
                INSERT INTO core.locations (device_id, created_at, captured_at, latitude, longitude, accuracy)
                VALUES ($1::uuid, $2::timestamptz, $2::timestamptz, 48, 17, 5)
                """, device, Self.now)
            let (start, end) = (Timestamp(milliseconds: -2_208_988_800_000), Self.now.advanced(by: .seconds(1)))
            let hers = try await desk.store.points(of: desk.user, from: start, to: end, limit: 10)
            #expect(hers.points.map(\.time) == [Self.now])
            try await fixture.query("UPDATE core.devices SET owner_id = $1::uuid", other.user.rawValue)
            let none = try await desk.store.points(of: desk.user, from: start, to: end, limit: 10)
            #expect(none.points.isEmpty)
        }
    }

    @Test func `is one of a person's, and an export too`() {
        let slots = PersonalSlots()
        let (ada, ben) = (UserID(.version7(at: Self.now)), UserID(.version7(at: Self.now)))
        #expect(slots.take(ada) && !slots.take(ada))
        #expect(slots.take(ben))
        slots.giveBack(ada)
        #expect(slots.take(ada) && !slots.take(ben))
    }
}
