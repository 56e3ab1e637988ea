import Earth
import GeoPackage
import HubTesting
import Journeys
import Model
import Persistence
import Testing

@testable import Travel

/// A map that comes after people have been somewhere.
@Suite(.timeLimit(.minutes(2))) struct `Another map` {
    /// Countries of four degrees by four: AA from the equator's meridian eastwards, then BB; each with one region.
    private static func map(_ countries: [String]) throws -> RegionMap {
        var builder = RegionMapBuilder()
        for (number, code) in countries.enumerated() {
            let west = Double(number * 4)
            try builder.add(
                country: Country(code: code, name: code),
                region: Region(code: "\(code)-1", country: code, name: "One", parent: nil),
                polygons: [
                    Polygon(rings: [
                        [(west, 40), (west + 4, 40), (west + 4, 44), (west, 44), (west, 40)].map {
                            Polygon.Point(longitude: $0.0, latitude: $0.1)
                        }
                    ])
                ])
        }
        return builder.build()
    }

    private func put(_ map: RegionMap, in fixture: RecordFixture) async throws {
        try await RegionStore(database: fixture.database).replace(
            map, counts: CellCounts(of: RegionIndex(map)), at: Timestamp(milliseconds: 1_700_000_000_000))
    }

    /// A day's drive at 42° north, from 0° to 8° east.
    private var drive: [TrackPoint] {
        (0..<200).map {
            TrackPoint(
                time: Timestamp(milliseconds: 1_600_000_000_000 + Int64($0) * 120_000), latitude: 42,
                longitude: 0.02 + Double($0) * 0.0395)
        }
    }

    private func countries(of user: UserID, in fixture: RecordFixture) async throws -> [String] {
        let result = try await fixture.query(
            """
            SELECT concat_ws(' ', country, region, cells, land_cells) FROM travel.user_regions WHERE user_id = $1::uuid
            ORDER BY country, region
            """, user.rawValue)
        return result.rows.compactMap { $0.text(0) }
    }

    /// The totals of the traveller's own row.
    private func totals(of user: UserID, in fixture: RecordFixture) async throws -> [Int32?] {
        let row = try await fixture.query(
            "SELECT countries, regions, map_number FROM travel.travellers WHERE user_id = $1::uuid", user.rawValue)[0]
        return [row.int32(0), row.int32(1), row.int32(2)]
    }

    @Test func `tells what was visited before there was one, and again when it is replaced`() async throws {
        try await RecordFixture.with { fixture in
            let travel = TravelServices(database: fixture.database)
            let (ada, ben) = (try await fixture.traveller(), try await fixture.traveller())
            let store = PostgresMapStore(database: fixture.database)
            _ = try await travel.records.add(drive, of: ada)
            let found = try await travel.workIn(for: ada)
            // Cells are new; nobody knows where they are.
            #expect(!found.isEmpty)
            #expect(try await countries(of: ada, in: fixture) == [])
            #expect(try await !store.isOutdated(by: 0))

            try await put(`Another map`.map(["AA"]), in: fixture)
            #expect(try await travel.atlas.refresh())
            #expect(try await !travel.atlas.refresh())
            #expect(travel.atlas.earth.map == 1)
            #expect(try await store.isOutdated(by: 1))
            let heard = Heard()
            let renewal = MapRenewal(
                store: store, atlas: travel.atlas, recounted: { await heard.note($0) }, cells: 7, people: 1)
            try await renewal.renew()
            #expect(await heard.people == [ada, ben].sorted { $0.rawValue.description < $1.rawValue.description })
            #expect(try await !store.isOutdated(by: 1))
            let first = try await countries(of: ada, in: fixture)
            #expect(first.count == 2 && first.allSatisfy { $0.hasPrefix("AA") })
            #expect(try await totals(of: ada, in: fixture) == [1, 1, 1])
            #expect(try await countries(of: ben, in: fixture) == [])

            // Who comes now is counted the same, without a renewal.
            _ = try await travel.records.add(drive, of: ben)
            let discovered = try await travel.workIn(for: ben)
            #expect(discovered.filter { if case .country("AA", _, _) = $0 { true } else { false } }.count == 1)
            #expect(try await countries(of: ben, in: fixture) == first)

            try await put(`Another map`.map(["AA", "BB"]), in: fixture)
            // This hub has not seen it yet: what it looks up now has to be looked up again.
            let later = drive.map {
                TrackPoint(
                    time: Timestamp(milliseconds: $0.time.milliseconds + 200_000_000), latitude: 42.3,
                    longitude: $0.longitude)
            }
            _ = try await travel.records.add(later, of: ben)
            try await travel.workIn(for: ben)
            try await renewal.renew()
            for user in [ada, ben] {
                let second = try await countries(of: user, in: fixture)
                #expect(second.map { $0.prefix(2) } == ["AA", "AA", "BB", "BB"])
                #expect(try await totals(of: user, in: fixture) == [2, 2, 2])
            }
            // One that still has the older map counts by it, and is set right by the next look.
            let slow = RecordKeeper(
                store: travel.records, atlas: EarthAtlas(RegionIndex(try `Another map`.map(["AA"])), map: 1))
            let north = drive.map {
                TrackPoint(
                    time: Timestamp(milliseconds: $0.time.milliseconds + 400_000_000), latitude: 43,
                    longitude: $0.longitude)
            }
            _ = try await travel.records.add(north, of: ada)
            try await slow.workIn(for: ada)
            #expect(try await store.isOutdated(by: 2))
            try await renewal.renew()
            #expect(try await !store.isOutdated(by: 2))
            let cells = try await fixture.query(
                """
                SELECT (SELECT sum(cells) FROM travel.user_regions WHERE user_id = $1::uuid AND region = ''),
                    (SELECT count(*) FROM travel.user_cells JOIN travel.h3_cells USING (cell)
                     WHERE user_id = $1::uuid AND user_cells.res = 8 AND country IS NOT NULL)
                """, ada.rawValue)
            #expect(cells[0].int64(0) == cells[0].int64(1))
        }
    }

    @Test func `that is imported again is none`() async throws {
        try await RecordFixture.with { fixture in
            let regions = RegionStore(database: fixture.database)
            #expect(try await regions.number() == 0)
            try await put(`Another map`.map(["AA"]), in: fixture)
            try await put(`Another map`.map(["AA"]), in: fixture)
            #expect(try await regions.number() == 1)
            try await put(`Another map`.map(["BB"]), in: fixture)
            #expect(try await regions.number() == 2)
        }
    }
}

private actor Heard {
    private(set) var people: [UserID] = []
    func note(_ user: UserID) {
        people.append(user)
        people.sort { $0.rawValue.description < $1.rawValue.description }
    }
}
