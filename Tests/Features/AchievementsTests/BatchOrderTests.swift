import FeatureKit
import HubTesting
import Journeys
import Model
import Testing
import Travel

@testable import Achievements

/// An earth of squares, each fifth of a degree of latitude another country's.
private struct StripedAtlas: CellAtlas {
    func cells(of point: TrackPoint) -> (res8: Int64, res6: Int64) {
        let row = Int64(((point.latitude + 90) * 100).rounded(.down))
        let column = Int64(((point.longitude + 180) * 100).rounded(.down))
        return (8_000_000_000_000 + row * 1_000_000 + column, 6_000_000_000_000 + row / 8 * 1_000_000 + column / 8)
    }

    func place(of cell: Int64) -> CellPlace {
        let isFine = cell >= 8_000_000_000_000
        let row = cell % 1_000_000_000_000 / 1_000_000 * (isFine ? 1 : 8)
        let letter = Character(UnicodeScalar(UInt8(65 + row / 20 % 26)))
        return CellPlace(
            cell: cell, resolution: isFine ? 8 : 6, country: "A\(letter)", region: "A\(letter)-\(row % 20)",
            isLand: true, isNorthern: row >= 9000)
    }
}

@Suite(.timeLimit(.minutes(5))) struct `Batches of points` {
    private func walk(_ seed: UInt64) -> [TrackPoint] {
        var generator = SeededGenerator(seed: seed)
        var (latitude, longitude) = (Double.random(in: -3...3, using: &generator), 10.0)
        return (0..<600).map { number in
            latitude += .random(in: -0.08...0.08, using: &generator)
            longitude += .random(in: -0.01...0.01, using: &generator)
            return TrackPoint(
                time: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number) * 7_200_000), latitude: latitude,
                longitude: longitude)
        }
    }

    @Test(arguments: 1...4) func `unlock the same in whatever order they come`(seed: UInt64) async throws {
        try await AchievementFixture.with { fixture in
            var generator = SeededGenerator(seed: seed &* 77)
            let store = PostgresRecordStore(database: fixture.database)
            let keeper = RecordKeeper(store: store, atlas: StripedAtlas())
            let engine = fixture.engine()
            try await fixture.query(
                """
                INSERT INTO travel.countries (code, name, cells_6, cells_8, square_km)
                SELECT 'A' || chr(64 + n), 'x', 10, 40 * n, 7 FROM generate_series(1, 26) AS n
                """)
            let points = walk(seed)
            var outcomes: [Set<String>] = []
            for size in [600, 100, 37] {
                let user = try await fixture.traveller()
                var batches = stride(from: 0, to: points.count, by: size).map {
                    Array(points[$0..<min(points.count, $0 + size)])
                }
                batches.shuffle(using: &generator)
                var told: [String] = []
                for batch in batches {
                    _ = try await store.add(batch, of: user)
                    try await keeper.workIn(for: user)
                    told += try await engine.check(user).map(\.code)
                }
                #expect(Set(told).count == told.count, "told twice")
                #expect(try await fixture.codes(user) == Set(told))
                outcomes.append(Set(told))
            }
            #expect(Set(outcomes).count == 1)
            #expect(outcomes[0].isSuperset(of: ["first_steps", "explorer", "state_hopper", "frequent_traveler"]))
            #expect(!outcomes[0].contains("country_collector"))
        }
    }
}
