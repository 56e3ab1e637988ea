import Earth
import Foundation
import HubTesting
import Journeys
import Model
import Persistence
import Testing
import Wire

@testable import Travel

@Suite(
    .enabled(if: Twin.isWanted, "Python's packages of twin-requirements.txt are not here (scripts/setup.sh)"),
    .timeLimit(.minutes(5)))
struct `The record of a track` {
    @Test(
        .enabled(
            if: RecordedTracks.folder != nil && MapFiles.findMap() != nil,
            "the recorded tracks or the map (scripts/fetch-map.sh) are not here"))
    func `that was recorded is what an independent calculation says`() async throws {
        let twin = try Twin.records(of: RecordedTracks.paths(), hasMap: true)
        #expect(twin.count >= 40)
        let map = try RegionImport.read(map: MapFiles.findMap() ?? "", names: MapFiles.readNames())
        let atlas = EarthAtlas(RegionIndex(map), map: 1)
        try await RecordFixture.with { fixture in
            for path in try RecordedTracks.paths() {
                let name = String(path.split(separator: "/").last ?? "")
                let user = try await ingest(RecordedTracks.points(path), atlas, fixture, seed: name.utf8.count)
                try await compare(user, with: try #require(twin[name]), named: name, in: fixture)
            }
        }
    }

    @Test func `that was made up is what an independent calculation says`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tracks-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let tracks = (1...30).map { RandomTrack(seed: $0).points }
        var paths: [String] = []
        for (number, points) in tracks.enumerated() {
            let lines = points.map { ",\($0.time.rfc3339),\($0.latitude),\($0.longitude),,," }
            let file = folder.appending(path: "\(number).csv")
            try (["device,timestamp,lat,lon,ele,speed,accuracy"] + lines).joined(separator: "\n")
                .write(to: file, atomically: true, encoding: .utf8)
            paths.append(file.path())
        }
        let twin = try Twin.records(of: paths, hasMap: false)
        let atlas = EarthAtlas(RegionIndex(RegionMapBuilder().build()), map: 1)
        try await RecordFixture.with { fixture in
            for (number, points) in tracks.enumerated() {
                let user = try await ingest(points, atlas, fixture, seed: number)
                let name = "\(number).csv"
                try await compare(user, with: try #require(twin[name]), named: name, in: fixture)
            }
        }
    }

    /// As a phone sends that was offline: in batches of a hundred, not in order.
    private func ingest(
        _ points: [TrackPoint], _ atlas: EarthAtlas, _ fixture: RecordFixture, seed: Int
    ) async throws -> UserID {
        var generator = SeededGenerator(seed: UInt64(seed))
        let user = try await fixture.traveller()
        let keeper = RecordKeeper(store: fixture.store, atlas: atlas)
        let ingestion = Ingestion(store: PostgresIngestStore(database: fixture.database), atlas: atlas) {
            user throws(PostgresError) in try await keeper.workIn(for: user)
        }
        let starts = Array(stride(from: 0, to: points.count, by: 100))
        for start in points.count > 1500 ? starts : starts.shuffled(using: &generator) {
            let batch = points[start..<min(start + 100, points.count)].enumerated().map {
                IngestedLocation(index: $0.offset, point: $0.element)
            }
            _ = try await ingestion.take(IngestRequest(locations: batch), of: user, isSingle: false)
        }
        return user
    }

    private func compare(
        _ user: UserID, with twin: JSONValue, named name: String, in fixture: RecordFixture
    ) async throws {
        for resolution in [6, 8] {
            let row = try await fixture.query(
                """
                SELECT count(*), sum(u.visit_count), max(u.visit_count), min(u.first_visited_at), max(u.last_visited_at),
                    sum(u.cell % 1000003 * u.visit_count)::bigint,
                    (SELECT count(*) FROM travel.visits v WHERE v.user_id = $1::uuid AND v.res = $2::smallint)
                FROM travel.user_cells u WHERE u.user_id = $1::uuid AND u.res = $2::smallint
                """, user.rawValue, Int16(resolution))[0]
            let expected = try #require(twin["res\(resolution)"])
            #expect(row.int64(0) == expected["cells"]?.integer, "\(name), cells of \(resolution)")
            #expect(row.int64(1) == expected["visits"]?.integer, "\(name), visits of \(resolution)")
            #expect(row.int32(2).map(Int64.init) == expected["mostVisits"]?.integer, "\(name)")
            #expect(row.timestamp(3)?.milliseconds == expected["first"]?.integer, "\(name)")
            #expect(row.timestamp(4)?.milliseconds == expected["last"]?.integer, "\(name)")
            #expect(row.int64(5) == expected["digest"]?.integer, "\(name), each cell of \(resolution)")
            #expect(row.int64(6) == expected["visits"]?.integer, "\(name), visits of \(resolution)")
        }
        let totals = try await fixture.query(
            """
            SELECT cells_res6, cells_res8, visits, countries, regions, days, has_northern, has_southern
            FROM travel.travellers WHERE user_id = $1
            """, user.rawValue)[0]
        let countries = twin["countries"]?.array?.compactMap(\.string) ?? []
        let regions = twin["regions"]?.array?.compactMap(\.string) ?? []
        #expect(totals.int32(0).map(Int64.init) == twin["res6"]?["cells"]?.integer, "\(name)")
        #expect(totals.int32(1).map(Int64.init) == twin["res8"]?["cells"]?.integer, "\(name)")
        #expect(totals.int64(2) == twin["res8"]?["visits"]?.integer, "\(name)")
        #expect(totals.int32(3).map(Int.init) == countries.count, "\(name)")
        #expect(totals.int32(4).map(Int.init) == regions.count, "\(name)")
        #expect(totals.int32(5).map(Int64.init) == twin["days"]?.integer, "\(name), days")
        #expect(totals.bool(6) == twin["northern"]?.boolean, "\(name), the north")
        #expect(totals.bool(7) == twin["southern"]?.boolean, "\(name), the south")
        let places = try await fixture.query(
            "SELECT country, region FROM travel.user_regions WHERE user_id = $1 ORDER BY region, country", user.rawValue
        )
        let found = places.rows.compactMap { row in row.text(1).map { $0.isEmpty ? row.text(0) ?? "" : $0 } }
        #expect(found.sorted() == (countries + regions).sorted(), "\(name)")
        try await compareJourneys(user, with: twin, named: name, in: fixture)
    }

    private func compareJourneys(
        _ user: UserID, with twin: JSONValue, named name: String, in fixture: RecordFixture
    ) async throws {
        let statements = [
            "stays": "SELECT began_at, ended_at FROM travel.stays WHERE user_id = $1 ORDER BY began_at",
            "trips":
                "SELECT began_at, ended_at, metres, top_speed FROM travel.trips WHERE user_id = $1 ORDER BY began_at",
            "unseen": "SELECT began_at, ended_at, metres FROM travel.unseen_ways WHERE user_id = $1 ORDER BY began_at",
        ]
        for (kind, statement) in statements {
            let rows = try await fixture.query(statement, user.rawValue).rows.map { $0 }
            let expected = twin[kind]?.array ?? []
            #expect(rows.count == expected.count, "\(name), \(kind)")
            guard rows.count == expected.count else { continue }
            for (row, journey) in zip(rows, expected) {
                let values = journey.array ?? []
                #expect(row.timestamp(0)?.milliseconds == values[0].integer, "\(name), \(kind)")
                #expect(row.timestamp(1)?.milliseconds == values[1].integer, "\(name), \(kind)")
                for column in 2..<values.count {
                    let (found, wanted) = (row.double(column) ?? -1, values[column].double ?? -2)
                    #expect(abs(found - wanted) <= 1e-6 * max(1, wanted), "\(name), \(kind): \(found), not \(wanted)")
                }
            }
        }
    }
}
