import FeatureKit
import HubTesting
import Journeys
import Model
import Persistence
import Telemetry
import Testing
import TrackFiles

@testable import Jobs
@testable import Travel

@Suite(.timeLimit(.minutes(3))) struct `An import` {
    static let now = Timestamp(milliseconds: 1_790_000_000_000)

    /// Works in with cells of a grid.
    private struct GridWorker: RecordWorker {
        let keeper: RecordKeeper

        func workIn(_ user: UserID) async throws { try await keeper.workIn(for: user) }
    }

    /// A person's import, without a hub.
    struct Desk {
        let fixture: RecordFixture
        let user: UserID
        let store: PostgresImportStore

        init(_ fixture: RecordFixture) async throws {
            self.fixture = fixture
            user = try await fixture.traveller()
            store = PostgresImportStore(database: fixture.database)
        }

        /// Stores a file in pieces of that length.
        func receive(
            _ bytes: [UInt8], format: TrackFormat? = nil, pieces length: Int = 1 << 20,
            at now: Timestamp = `An import`.now
        ) async throws -> UniqueID {
            let id = UniqueID.version7(at: now)
            try #require(try await store.begin(id, of: user, name: "x", format: format?.rawValue, at: now))
            for (number, start) in stride(from: 0, to: bytes.count, by: length).enumerated() {
                let piece = Array(bytes[start..<min(bytes.count, start + length)])
                #expect(try await store.add(piece, number: number, to: id, at: now))
            }
            let job = ImportReading.job.job(id, dedupeKey: id.description, id: .version7(at: now))
            #expect(try await store.received(id, at: now, job: job))
            return id
        }

        /// Does the job once.
        ///
        /// - Parameter proof: What has to hold for it to write.
        func read(_ id: UniqueID, proof: String = "SELECT 1", longestContent: Int = 1 << 30) async throws {
            let reading = ImportReading(
                store: store, worker: GridWorker(keeper: fixture.keeper()), news: ImportNews(),
                meters: ImportMeters(MetricsRegistry()),
                clock: ManualClock(), longestContent: longestContent, clockSkew: .seconds(60))
            let lease = JobLease(
                job: "travel_import", attempt: 1,
                proof: PostgresQuery(PostgresStatement("test." + proof, proof)), retirement: nil)
            try await reading.run(id, lease)
        }

        func state(_ id: UniqueID) async throws -> TrackImport { try #require(try await store.get(id)) }

        func pieces() async throws -> Int64? {
            try await fixture.query("SELECT count(*) FROM travel.import_pieces")[0].int64(0)
        }
    }

    static func file(_ points: [TrackPoint], _ format: TrackFileWriter.Format) -> [UInt8] {
        var writer = TrackFileWriter(format)
        var bytes: [UInt8] = []
        writer.begin(to: &bytes)
        for point in points {
            guard let place = Coordinate(latitude: point.latitude, longitude: point.longitude) else { continue }
            writer.append(TrackFilePoint(time: point.time, coordinate: place), to: &bytes)
        }
        writer.end(to: &bytes)
        return bytes
    }

    /// A thousand points an hour along a way.
    static func way(_ count: Int) -> [TrackPoint] {
        (0..<count).map {
            TrackPoint(
                time: Timestamp(milliseconds: 1_600_000_000_000 + Int64($0) * 3600), latitude: 48 + Double($0) / 1e5,
                longitude: 17)
        }
    }

    @Test(arguments: TrackFileWriter.Format.allCases)
    func `makes the record that its points make`(format: TrackFileWriter.Format) async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let points = RandomTrack(seed: 7).points
            let id = try await desk.receive(Self.file(points, format), pieces: 10_000)
            try await desk.read(id)
            let state = try await desk.state(id)
            #expect(state.state == .done && state.error == nil && !state.isCut)
            #expect(state.pointsRead == Int64(points.count) && state.pointsAdded == Int64(points.count))
            #expect(state.progress == 1 && state.finishedAt != nil && state.bytesRead == state.bytes)
            #expect(try await desk.pieces() == 0)
            let record = try await WholeRecord.stored(of: desk.user, in: fixture)
            #expect(Set(record) == Set(WholeRecord.expected(of: points)))
            let again = try await desk.receive(Self.file(points, format))
            try await desk.read(again)
            #expect(try await desk.state(again).pointsAdded == 0)
        }
    }

    @Test(arguments: [0, 5000, 10_000, 20_000])
    func `that is broken off goes on where it was, and counts each point once`(reached: Int) async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let points = Self.way(23_000)
            let id = try await desk.receive(Self.file(points, .csv), pieces: 100_000)
            let proof =
                "SELECT 1 / (SELECT CASE WHEN points_read >= \(reached) THEN 0 ELSE 1 END FROM travel.imports)"
            await #expect(throws: PostgresError.self) { try await desk.read(id, proof: proof) }
            #expect(try await desk.state(id).pointsRead == Int64(reached))
            try await desk.read(id)
            let state = try await desk.state(id)
            #expect(state.state == .done)
            #expect(state.pointsRead == 23_000 && state.pointsAdded == 23_000)
            // Doing it once more changes nothing.
            try await desk.read(id)
            #expect(try await desk.state(id).pointsAdded == 23_000)
            let stored = try await fixture.query("SELECT count(*) FROM travel.points")[0].int64(0)
            #expect(stored == 23_000)
        }
    }

    @Test func `of a file that ends early or breaks its rules keeps what came before`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let whole = Self.file(Self.way(6000), .gpx)
            let cut = try await desk.receive(Array(whole[..<(whole.count / 2)]))
            try await desk.read(cut)
            let first = try await desk.state(cut)
            #expect(first.state == .done && first.isCut && (2900...3100).contains(first.pointsAdded))
            let broken = try await desk.receive(Array(whole[..<(whole.count / 2)]) + Array("</nonsense>".utf8))
            try await desk.read(broken)
            let second = try await desk.state(broken)
            #expect(second.state == .failed && second.error == "malformed" && second.pointsRead >= 2900)
            let other = try await desk.receive(whole, format: .csv)
            try await desk.read(other)
            #expect(try await desk.state(other).error == "other_format")
            let record = try await WholeRecord.stored(of: desk.user, in: fixture)
            #expect(Set(record) == Set(WholeRecord.expected(of: Array(Self.way(Int(first.pointsAdded))))))
        }
    }

    @Test func `takes points in any order, and of a moment the first`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            var generator = SeededGenerator(seed: 3)
            let points = Self.way(7000)
            let text =
                "time,lat,lon\n"
                + (points.shuffled(using: &generator) + points.prefix(500)).map {
                    "\($0.time.milliseconds),\($0.latitude),\($0.longitude)\n"
                }.joined() + "9999-12-31T00:00:00Z,1,1\n2024-01-01T00:00:00Z,91,1\n"
            let id = try await desk.receive(Array(text.utf8))
            try await desk.read(id)
            let state = try await desk.state(id)
            #expect(state.pointsRead == 7500 && state.pointsAdded == 7000)
            #expect(state.skipped.map { "\($0.reason) \($0.count)" } == ["place 1", "future 1"])
            #expect(
                Set(try await WholeRecord.stored(of: desk.user, in: fixture))
                    == Set(WholeRecord.expected(of: points)))
        }
    }

    @Test func `that is given up is not read`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let id = try await desk.receive(Self.file(Self.way(100), .csv))
            let stranger = try await fixture.traveller()
            #expect(try await !desk.store.cancel(id, of: stranger, at: Self.now))
            #expect(try await desk.store.cancel(id, of: desk.user, at: Self.now))
            #expect(try await !desk.store.cancel(id, of: desk.user, at: Self.now))
            try await desk.read(id)
            let state = try await desk.state(id)
            #expect(state.state == .cancelled && state.pointsAdded == 0)
            #expect(try await desk.pieces() == 0)
        }
    }

    @Test func `has its turn among at most five`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            var ids: [UniqueID] = []
            for number in 0..<5 {
                ids.append(
                    try await desk.receive(
                        Self.file(Self.way(1), .csv), at: Timestamp(milliseconds: Self.now.milliseconds + Int64(number))
                    ))
            }
            let sixth = UniqueID.version7(at: Self.now)
            #expect(try await !desk.store.begin(sixth, of: desk.user, name: "x", format: nil, at: Self.now))
            try await desk.read(ids[2])
            #expect(try await desk.store.begin(sixth, of: desk.user, name: "x", format: nil, at: Self.now))
            var listed: [UniqueID] = []
            var position: (PostgresMoment, UniqueID)?
            repeat {
                let page = try await desk.store.list(of: desk.user, after: position, limit: 2)
                listed += page.imports.map(\.id)
                position = page.last
            } while position != nil
            #expect(listed.count == 6 && Set(listed) == Set(ids + [sixth]))
            #expect(Array(listed.prefix(4)) == [ids[4], ids[3], ids[2], ids[1]])
        }
    }

    @Test func `that nobody finishes sending goes, and so does everything with its owner`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let stale = UniqueID.version7(at: Self.now)
            #expect(try await desk.store.begin(stale, of: desk.user, name: "x", format: nil, at: Self.now))
            #expect(try await desk.store.add([1], number: 0, to: stale, at: Self.now))
            #expect(try await desk.store.removeStale(before: Self.now) == 0)
            #expect(try await desk.store.removeStale(before: Self.now.advanced(by: .milliseconds(1))) == 1)
            #expect(try await desk.store.get(stale) == nil)
            #expect(try await !desk.store.add([1], number: 1, to: stale, at: Self.now))
            let id = try await desk.receive([UInt8](repeating: 65, count: 200), pieces: 2)
            while try await desk.store.erase(desk.user) {}
            #expect(try await desk.store.get(id) == nil)
            #expect(try await desk.pieces() == 0)
        }
    }

    @Test func `comes out as it went in, whatever the pages`() async throws {
        try await RecordFixture.with { fixture in
            let desk = try await Desk(fixture)
            let points = Self.way(500)
            #expect(try await fixture.store.add(points, of: desk.user) == 500)
            for limit in [1, 7, 500, 5000] {
                var read: [TrackPoint] = []
                var next: Timestamp? = points[10].time
                while let start = next {
                    let page = try await desk.store.points(
                        of: desk.user, from: start, to: points[400].time, limit: limit)
                    read += page.points
                    next = page.next
                }
                #expect(read == Array(points[10..<400]))
            }
        }
    }
}
