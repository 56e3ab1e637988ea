import Journeys
import Model
import Persistence

@testable import Travel

/// Somebody's whole record, as lines of text: what it is in Postgres, and what the points make of it when they are read once
/// and in order by the plainest means.
enum WholeRecord {
    static func expected(of points: [TrackPoint]) -> [String] {
        let (points, atlas) = (points.sorted { $0.time < $1.time }, GridAtlas())
        var lines: [String] = []
        for resolution in [6, 8] {
            var visits: [Visit<Int64>] = []
            for point in points {
                let cells = atlas.cells(of: point)
                let cell = resolution == 8 ? cells.res8 : cells.res6
                if let last = visits.last, last.cell == cell,
                    point.time.milliseconds - last.left.milliseconds <= 86_400_000
                {
                    visits[visits.count - 1].left = point.time
                } else {
                    visits.append(Visit(cell: cell, entered: point.time, left: point.time))
                }
            }
            for visit in visits {
                lines.append(
                    "visit \(resolution) \(visit.cell) \(visit.entered.milliseconds) \(visit.left.milliseconds)")
            }
            for (cell, own) in Dictionary(grouping: visits, by: \.cell) {
                let times = own.map(\.entered.milliseconds) + own.map(\.left.milliseconds)
                lines.append("cell \(resolution) \(cell) \(times.min() ?? 0) \(times.max() ?? 0) \(own.count)")
            }
            guard resolution == 8 else { continue }
            var regions: [String: [Visit<Int64>]] = [:]
            for visit in visits {
                let place = atlas.place(of: visit.cell)
                guard let country = place.country else { continue }
                regions[country + "|", default: []].append(visit)
                if let region = place.region { regions[country + "|" + region, default: []].append(visit) }
            }
            for (code, own) in regions {
                let first = own.min { ($0.entered, $0.cell) < ($1.entered, $1.cell) }
                let last = own.map(\.left.milliseconds).max() ?? 0
                let cells = Set(own.map(\.cell))
                lines.append(
                    "region \(code) \(cells.count) \(cells.filter { atlas.place(of: $0).isLand }.count) \(first?.entered.milliseconds ?? 0) "
                        + "\(first?.cell ?? 0) \(last)")
            }
            let cells = Set(visits.map(\.cell))
            let coarse = Set(points.map { atlas.cells(of: $0).res6 })
            let days = Set(points.map { Int64((Double($0.time.milliseconds) / 86_400_000).rounded(.down)) })
            let countries = regions.keys.filter { $0.hasSuffix("|") }.count
            lines.append(
                "totals \(coarse.count) \(cells.count) \(visits.count) \(countries) \(regions.count - countries) "
                    + "\(days.count)")
        }
        var reader = JourneyReader()
        for point in points { reader.add(point) { lines.append(line($0)) } }
        reader.unfinished { lines.append(line($0)) }
        return lines.sorted()
    }

    private static func line(_ event: JourneyEvent) -> String {
        switch event {
        case .landmark(let landmark): "landmark \(landmark.time.milliseconds) \(landmark.settled.milliseconds)"
        case .stay(let stay): "stay \(stay.arrival.time.milliseconds) \(stay.end.milliseconds)"
        case .trip(let trip):
            "trip \(trip.start.time.milliseconds) \(trip.end.time.milliseconds) \(trip.distance) \(trip.topSpeed) "
                + "\(TripPath.encode(trip.path).count)"
        case .unseen(let way): "unseen \(way.start.time.milliseconds) \(way.end.time.milliseconds) \(way.distance)"
        }
    }

    static func stored(of user: UserID, in fixture: RecordFixture) async throws -> [String] {
        let milliseconds = { (column: String) in "(extract(epoch FROM \(column)) * 1000)::bigint" }
        let queries = [
            """
            SELECT concat_ws(' ', 'visit', res, cell, \(milliseconds("entered_at")), \(milliseconds("left_at")))
            FROM travel.visits WHERE user_id = $1::uuid
            """,
            """
            SELECT concat_ws(' ', 'cell', res, cell, \(milliseconds("first_visited_at")),
                \(milliseconds("last_visited_at")), visit_count)
            FROM travel.user_cells WHERE user_id = $1::uuid
            """,
            """
            SELECT concat_ws(' ', 'region', country || '|' || region, cells, land_cells, \(milliseconds("first_visited_at")),
                first_cell, \(milliseconds("last_visited_at")))
            FROM travel.user_regions WHERE user_id = $1::uuid
            """,
            """
            SELECT concat_ws(' ', 'totals', cells_res6, cells_res8, visits, countries, regions, days)
            FROM travel.travellers WHERE user_id = $1::uuid
            """,
            """
            SELECT concat_ws(' ', 'landmark', \(milliseconds("passed_at")), \(milliseconds("settled_at")))
            FROM travel.landmarks WHERE user_id = $1::uuid
            """,
            """
            SELECT concat_ws(' ', 'stay', \(milliseconds("began_at")), \(milliseconds("ended_at")))
            FROM travel.stays WHERE user_id = $1::uuid
            """,
        ]
        var lines: [String] = []
        for query in queries {
            lines += try await fixture.query(query, user.rawValue).rows.compactMap { $0.text(0) }
        }
        let trips = try await fixture.query(
            "SELECT began_at, ended_at, metres, top_speed, path FROM travel.trips WHERE user_id = $1::uuid",
            user.rawValue)
        for row in trips.rows {
            lines.append(
                "trip \(row.timestamp(0)?.milliseconds ?? 0) \(row.timestamp(1)?.milliseconds ?? 0) "
                    + "\(row.double(2) ?? 0) \(row.double(3) ?? 0) \(row.bytes(4)?.count ?? 0)")
        }
        let unseen = try await fixture.query(
            "SELECT began_at, ended_at, metres FROM travel.unseen_ways WHERE user_id = $1::uuid", user.rawValue)
        for row in unseen.rows {
            lines.append(
                "unseen \(row.timestamp(0)?.milliseconds ?? 0) \(row.timestamp(1)?.milliseconds ?? 0) "
                    + "\(row.double(2) ?? 0)")
        }
        return lines.sorted()
    }
}
