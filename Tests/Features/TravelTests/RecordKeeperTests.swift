import HubTesting
import Journeys
import Model
import Testing

@testable import Travel

@Suite(.timeLimit(.minutes(3))) struct `A travel record` {
    private func difference(_ stored: [String], _ expected: [String]) -> String {
        let (stored, expected) = (Set(stored), Set(expected))
        return "\(stored.subtracting(expected).sorted().prefix(5)) instead of "
            + "\(expected.subtracting(stored).sorted().prefix(5))"
    }

    @Test(arguments: 1...16)
    func `is the same in whatever order, parts and pages the points came`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed &* 31)
        let track = RandomTrack(seed: seed).points
        var order = track
        switch seed % 4 {
        case 0: order.shuffle(using: &generator)
        case 1:
            let start = Int.random(in: 0..<order.count, using: &generator)
            order = Array(order[start...] + order[..<start])
        case 2:
            for _ in 0..<10 {
                let late = order.remove(at: .random(in: 0..<order.count, using: &generator))
                order.insert(late, at: .random(in: 0...order.count, using: &generator))
            }
        default: break
        }
        let points = order
        try await RecordFixture.with { fixture in
            var generator = SeededGenerator(seed: seed)
            let user = try await fixture.traveller()
            var rest = points[...]
            while !rest.isEmpty {
                let batch = Array(rest.prefix(.random(in: 1...400, using: &generator)))
                rest = rest.dropFirst(batch.count)
                // What was sent before is sent again.
                let again = points.prefix(points.count - rest.count).suffix(Int.random(in: 0...50, using: &generator))
                let fresh = try await fixture.store.add(batch, of: user)
                #expect(fresh == batch.count)
                #expect(try await fixture.store.add(Array(again), of: user) == 0)
                if Bool.random(using: &generator) {
                    let pages = [7, 50, 300, 5000].randomElement(using: &generator)!
                    try await fixture.keeper(pages: pages).workIn(for: user)
                }
            }
            try await fixture.keeper().workIn(for: user)
            let (stored, expected) = (
                try await WholeRecord.stored(of: user, in: fixture), WholeRecord.expected(of: track)
            )
            #expect(stored == expected, "\(difference(stored, expected))")
            #expect(try await fixture.store.state(of: user)?.dirty == nil)
        }
    }

    @Test func `is made in as many turns as its time allows, and leaves the rest marked`() async throws {
        let track = RandomTrack(seed: 3).points
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            _ = try await fixture.store.add(track, of: user)
            var turns = 0
            var left = try await fixture.store.state(of: user)?.dirty
            while let before = left {
                turns += 1
                try await fixture.keeper(pages: 20).workIn(for: user, within: .zero)
                left = try await fixture.store.state(of: user)?.dirty
                try #require(left.map { $0.lowerBound > before.lowerBound } ?? true)
            }
            #expect(turns > 1)
            #expect(try await WholeRecord.stored(of: user, in: fixture) == WholeRecord.expected(of: track))
        }
    }

    @Test func `tells of a new day, though nothing else is new`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            var told: [Int] = []
            // Three days, and another moment of the third.
            for hour: Int64 in [0, 24, 48, 49] {
                let time = Timestamp(milliseconds: 1_750_000_000_000 + hour * 3_600_000)
                _ = try await fixture.store.add([TrackPoint(time: time, latitude: 48, longitude: 17)], of: user)
                try await fixture.keeper().workIn(for: user) { told.append($0.count) }
            }
            #expect(told.count == 3 && told.first != 0)
            #expect(told.dropFirst() == [0, 0])
        }
    }
}
