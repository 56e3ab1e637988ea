import HubTesting
import Journeys
import Model
import Persistence

@testable import Travel

/// A map for the countries of ``GridAtlas``, and tracks that cross them for years.
enum StatisticsFixture {
    /// Cells on land that each country and region is said to have: fewer than some tracks see of them.
    static let cells = 40

    /// Four countries with three regions each, of which one is never seen, and a former one that does not count.
    static func draw(in fixture: RecordFixture) async throws {
        try await fixture.query(
            """
            INSERT INTO travel.countries (code, name, cells_6, cells_8, square_km)
            SELECT c, 'Land ' || c, 10, $1::integer, 1 FROM unnest(ARRAY['AA', 'BB', 'CC', 'DD', 'EE']) AS c
            """, Int32(cells))
        try await fixture.query(
            """
            INSERT INTO travel.regions (code, country, name, parent, cells_6, cells_8, square_km, is_former)
            SELECT c.code || '-' || n, c.code, 'Part ' || c.code || '-' || n, c.code || '-Z', 10, $1::integer, 1, n = 9
            FROM travel.countries c CROSS JOIN unnest(ARRAY[1, 2, 3, 9]) AS n
            """, Int32(cells))
    }

    /// What somebody may have done from late in 2025 to some time in 2027: out over the turn of a year, far away, and, with
    /// some seeds, a long way through more than a thousand cells.
    static func track(seed: UInt64) -> [TrackPoint] {
        let newYear: Int64 = 1_767_225_600_000
        let first = RandomTrack(seed: seed).points
        var points = shifted(first, by: newYear - first[first.count / 2].time.milliseconds)
        let others = [RandomTrack(seed: seed &+ 1000), RandomTrack(seed: seed &+ 2000)].map(\.points)
        for (index, other) in others.enumerated() {
            let start = points[points.count - 1].time.milliseconds + Int64(index + 1) * 200 * 86_400_000
            points += shifted(other, by: start - other[0].time.milliseconds)
        }
        guard seed % 3 == 0 else { return points }
        let last = points[points.count - 1]
        for step in 1...1300 {
            points.append(
                TrackPoint(
                    time: Timestamp(milliseconds: last.time.milliseconds + Int64(step) * 60_000),
                    latitude: last.latitude + Double(step) * 0.006 * (last.latitude > 0 ? -1 : 1),
                    longitude: last.longitude))
        }
        return points
    }

    private static func shifted(_ points: [TrackPoint], by milliseconds: Int64) -> [TrackPoint] {
        points.map { point in
            var point = point
            point.time.milliseconds += milliseconds
            return point
        }
    }
}
