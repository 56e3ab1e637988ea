import HubTesting
import Journeys
import Model
import Testing

@testable import Travel

@Suite(.timeLimit(.minutes(3))) struct `An ingestion` {
    /// Rows of the countries AA and BB, and of the sea, in the grid.
    private static let (rowAA, rowBB, sea) = (8, 16, 0)

    @Test func `tells what is new and what is known`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let first = try await fixture.ingest([point(0, row: Self.rowAA, column: 1)], of: user, isSingle: true)
            #expect(first.processed == 1 && first.skipped.isEmpty)
            #expect(first.newCountries.map(\.code) == ["AA"] && first.newRegions.count == 1)
            #expect(first.newCells == .init(res6: 1, res8: 1) && first.revisitedCells == .init())
            #expect(first.visitCounts == .init(res6: 1, res8: 1))

            // The same cells go on: nothing is new, and the visit is the same.
            let second = try await fixture.ingest([point(60, row: Self.rowAA, column: 1)], of: user, isSingle: true)
            #expect(second.newCountries.isEmpty && second.newRegions.isEmpty && second.newCells == .init())
            #expect(second.revisitedCells == .init(res6: 1, res8: 1))
            #expect(second.visitCounts == .init(res6: 1, res8: 1))

            // Away and back: another visit.
            let third = try await fixture.ingest(
                [point(120, row: Self.rowBB, column: 1), point(180, row: Self.rowAA, column: 1)], of: user)
            #expect(third.newCountries.map(\.code) == ["BB"] && third.newCells == .init(res6: 1, res8: 1))
            #expect(third.revisitedCells == .init(res6: 1, res8: 1) && third.visitCounts == nil)
            let fourth = try await fixture.ingest([point(240, row: Self.rowAA, column: 1)], of: user, isSingle: true)
            #expect(fourth.visitCounts == .init(res6: 2, res8: 2))
        }
    }

    @Test func `at sea discovers cells and no country`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let outcome = try await fixture.ingest([point(0, row: Self.sea)], of: user)
            #expect(outcome.newCountries.isEmpty && outcome.newRegions.isEmpty)
            #expect(outcome.newCells == .init(res6: 1, res8: 1))
        }
    }

    @Test func `tells countries in the order in which they were come to`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let outcome = try await fixture.ingest(
                [point(300, row: Self.rowAA, column: 1), point(0, row: Self.rowBB, column: 1)], of: user)
            #expect(outcome.newCountries.map(\.code) == ["BB", "AA"])
        }
    }

    @Test func `that is repeated is answered the same and counts once`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            var generator = SeededGenerator(seed: 7)
            let points = Array(RandomTrack(seed: 3).points.prefix(100)).shuffled(using: &generator)
            let first = try await fixture.ingest(points, of: user)
            let record = try await WholeRecord.stored(of: user, in: fixture)
            #expect(try await fixture.ingest(points, of: user) == first)
            #expect(try await fixture.ingest(points.reversed(), of: user) == first)
            #expect(try await WholeRecord.stored(of: user, in: fixture) == record)
            #expect(record == WholeRecord.expected(of: points))
        }
    }

    @Test func `that was stored and never worked in is answered as if it had been`() async throws {
        try await RecordFixture.with { fixture in
            let (interrupted, other) = (try await fixture.traveller(), try await fixture.traveller())
            let points = Array(RandomTrack(seed: 5).points.prefix(100))
            // The hub was killed after the points' commit.
            _ = try await PostgresIngestStore(database: fixture.database).store(points, of: interrupted)
            let answer = try await fixture.ingest(points, of: interrupted)
            #expect(try await fixture.ingest(points, of: other) == answer)
            #expect(answer.newCells.res8 > 0)
        }
    }

    @Test func `takes one location a moment, the first that came`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let outcome = try await fixture.ingest(
                [
                    point(60, row: Self.rowAA), point(0, row: Self.rowAA), point(60, row: Self.rowBB),
                    point(60, row: Self.rowAA),
                ], of: user)
            #expect(outcome.processed == 2 && outcome.skipped.map(\.index) == [2, 3])
            #expect(outcome.skipped.allSatisfy { $0.reason == .duplicate })
            #expect(outcome.newCountries.map(\.code) == ["AA"])
            // Another place for a moment that is taken.
            let late = try await fixture.ingest([point(60, row: Self.rowBB)], of: user)
            #expect(late.processed == 0 && late.skipped.map(\.reason) == [.duplicate] && late.newCountries.isEmpty)
        }
    }

    @Test func `of what was skipped already does nothing`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let skipped = [SkippedLocation(index: 0, reason: .inaccurate)]
            let outcome = try await fixture.ingestion().take(
                IngestRequest(skipped: skipped), of: user, isSingle: true)
            #expect(outcome.processed == 0 && outcome.skipped == skipped && outcome.visitCounts == nil)
        }
    }

    @Test func `of an older time does not discover again what was known`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            _ = try await fixture.ingest([point(1000, row: Self.rowAA, column: 1)], of: user)
            let older = try await fixture.ingest(
                [point(0, row: Self.rowAA, column: 1), point(60, row: Self.rowAA, column: 4)], of: user)
            #expect(older.newCountries.isEmpty && older.newRegions.isEmpty)
            #expect(older.newCells == .init(res6: 0, res8: 1) && older.revisitedCells == .init(res6: 1, res8: 1))
        }
    }

    @Test(arguments: 1...8)
    func `beside others for the same person leaves the record of all points`(seed: UInt64) async throws {
        try await RecordFixture.with { fixture in
            var generator = SeededGenerator(seed: seed)
            let user = try await fixture.traveller()
            let track = Array(RandomTrack(seed: seed).points.prefix(600))
            var rest = seed.isMultiple(of: 2) ? track.shuffled(using: &generator) : track
            var batches: [[TrackPoint]] = []
            while !rest.isEmpty {
                let batch = Array(rest.prefix(.random(in: 1...100, using: &generator)))
                rest.removeFirst(batch.count)
                batches.append(batch)
                // A client that hears nothing sends again, while the first is on its way.
                if Int.random(in: 0..<4, using: &generator) == 0 { batches.append(batch) }
            }
            let outcomes = try await withThrowingTaskGroup(of: IngestOutcome.self) { group in
                for batch in batches { group.addTask { try await fixture.ingest(batch, of: user) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.allSatisfy { $0.skipped.isEmpty })
            #expect(try await WholeRecord.stored(of: user, in: fixture) == WholeRecord.expected(of: track))
            #expect(try await fixture.store.state(of: user)?.dirty == nil)
            // Everything was discovered by somebody.
            let cells = Set(track.map { GridAtlas().cells(of: $0).res8 })
            #expect(outcomes.reduce(0) { $0 + $1.newCells.res8 } >= cells.count)
        }
    }
}
