import HubTesting
import Model
import Persistence
import Testing

/// A unit that knows its number and its size.
struct NumberedUnit: WriteBehindUnit, Equatable {
    var number: Int
    var rowCount = 1
}

@Suite struct `A write-behind buffer` {
    private typealias Buffer = WriteBehindBuffer<NumberedUnit>

    private static func limits(
        rows: Int = 10, backlog: Int? = nil, pace: Duration = .milliseconds(20), flights: Int = 1, highWater: Int = 100
    ) -> WriteBehindLimits {
        WriteBehindLimits(batchRows: rows, backlogRows: backlog, pace: pace, flights: flights, highWater: highWater)
    }

    /// The batch of an action that must be a write.
    private static func batch(
        _ action: Buffer.Action, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Buffer.Batch {
        guard case .write(let batch) = action else {
            Issue.record("nothing is written", sourceLocation: sourceLocation)
            throw CancellationError()
        }
        return batch
    }

    @Test func `the first unit after a quiet spell is written at once`() throws {
        var buffer = Buffer(limits: Self.limits())
        #expect(buffer.next(at: .zero) == .wait)
        #expect(buffer.append(NumberedUnit(number: 1)) == .accepted)
        let first = try Self.batch(buffer.next(at: .zero))
        #expect(first.units.map(\.number) == [1])
        buffer.committed(first.id)
        _ = buffer.append(NumberedUnit(number: 2))
        #expect(buffer.next(at: .milliseconds(5)) == .startTimer(.milliseconds(15)))
        #expect(try Self.batch(buffer.next(at: .milliseconds(20))).units.map(\.number) == [2])
    }

    @Test func `units gather while a write is in flight`() throws {
        var buffer = Buffer(limits: Self.limits())
        _ = buffer.append(NumberedUnit(number: 0))
        let first = try Self.batch(buffer.next(at: .zero))
        for number in 1...3 { _ = buffer.append(NumberedUnit(number: number)) }
        #expect(buffer.next(at: .seconds(1)) == .wait)
        buffer.committed(first.id)
        #expect(try Self.batch(buffer.next(at: .seconds(1))).units.map(\.number) == [1, 2, 3])
    }

    @Test func `a batch that is not full waits for the one in flight, but not for one that hangs`() throws {
        var buffer = Buffer(limits: Self.limits(flights: 2))
        _ = buffer.append(NumberedUnit(number: 0))
        let first = try Self.batch(buffer.next(at: .zero))
        _ = buffer.append(NumberedUnit(number: 1))
        #expect(buffer.next(at: .milliseconds(150)) == .startTimer(.milliseconds(50)))
        let second = try Self.batch(buffer.next(at: .milliseconds(200)))
        #expect(second.units.map(\.number) == [1])
        _ = buffer.append(NumberedUnit(number: 2))
        buffer.committed(second.id)
        #expect(buffer.next(at: .milliseconds(210)) == .startTimer(.milliseconds(190)))
        buffer.committed(first.id)
        #expect(buffer.next(at: .milliseconds(210)) == .startTimer(.milliseconds(10)))
        #expect(try Self.batch(buffer.next(at: .milliseconds(220))).units.map(\.number) == [2])
    }

    @Test(arguments: [1, 2, 10]) func `a full batch is written without waiting`(rows: Int) throws {
        var buffer = Buffer(limits: Self.limits(rows: rows, flights: 2))
        _ = buffer.append(NumberedUnit(number: 0))
        _ = try Self.batch(buffer.next(at: .zero))
        for number in 1..<rows {
            _ = buffer.append(NumberedUnit(number: number))
            #expect(buffer.next(at: .zero) == .startTimer(.milliseconds(200)))
        }
        _ = buffer.append(NumberedUnit(number: rows))
        #expect(try Self.batch(buffer.next(at: .zero)).rowCount == rows)
    }

    @Test func `what has come while every flight was out goes in few statements`() throws {
        var buffer = Buffer(limits: Self.limits(rows: 10, highWater: 1000))
        _ = buffer.append(NumberedUnit(number: 0))
        let first = try Self.batch(buffer.next(at: .zero))
        for number in 1...95 { _ = buffer.append(NumberedUnit(number: number)) }
        #expect(buffer.next(at: .zero) == .wait)
        buffer.committed(first.id)
        var sizes: [Int] = []
        while case .write(let batch) = buffer.next(at: .zero) {
            sizes.append(batch.rowCount)
            buffer.committed(batch.id)
        }
        #expect(sizes == [40, 40, 15])
    }

    @Test func `a backlog is no smaller than a batch, and not without bound`() {
        #expect(WriteBehindLimits(batchRows: 500).backlogRows == 2000)
        #expect(WriteBehindLimits(batchRows: 500, backlogRows: 100).backlogRows == 500)
        #expect(WriteBehindLimits(batchRows: 9_000).backlogRows == 10_000)
        #expect(WriteBehindLimits(batchRows: 100_000).backlogRows == 100_000)
    }

    @Test func `a unit is never split, and one larger than a batch goes alone`() throws {
        var buffer = Buffer(limits: Self.limits(rows: 5, backlog: 10, pace: .zero))
        for (number, rows) in [4, 4, 4, 25, 1].enumerated() {
            _ = buffer.append(NumberedUnit(number: number, rowCount: rows))
        }
        var batches: [[Int]] = []
        while case .write(let batch) = buffer.next(at: .zero) {
            batches.append(batch.units.map(\.number))
            buffer.committed(batch.id)
        }
        #expect(batches == [[0, 1], [2], [3], [4]])
        let held = buffer.heldRows
        #expect(held == 0)
    }

    @Test func `past the high-water mark nothing is taken and nothing taken is lost`() throws {
        var buffer = Buffer(limits: Self.limits(highWater: 10))
        for number in 0..<5 { #expect(buffer.append(NumberedUnit(number: number)) == .accepted) }
        #expect(buffer.append(NumberedUnit(number: 5, rowCount: 4)) == .congested)
        #expect(buffer.append(NumberedUnit(number: 6, rowCount: 2)) == .dropped)
        #expect(buffer.append(NumberedUnit(number: 7)) == .congested)
        #expect(buffer.append(NumberedUnit(number: 8)) == .dropped)
        let batch = try Self.batch(buffer.next(at: .zero))
        // What is in flight still counts.
        #expect(buffer.append(NumberedUnit(number: 9)) == .dropped)
        buffer.committed(batch.id)
        #expect(batch.units.map(\.number) == [0, 1, 2, 3, 4, 5, 7])
        #expect(buffer.append(NumberedUnit(number: 10)) == .accepted)
    }

    @Test func `a failed batch waits longer each time and is written again before anything new`() throws {
        var buffer = Buffer(limits: Self.limits(pace: .zero))
        _ = buffer.append(NumberedUnit(number: 0))
        let first = try Self.batch(buffer.next(at: .zero))
        buffer.failed(first.id, at: .zero) { .milliseconds(100 * $0) }
        _ = buffer.append(NumberedUnit(number: 1))
        #expect(buffer.next(at: .milliseconds(40)) == .startTimer(.milliseconds(60)))
        let second = try Self.batch(buffer.next(at: .milliseconds(100)))
        #expect(second == first)
        buffer.failed(second.id, at: .milliseconds(100)) { .milliseconds(100 * $0) }
        #expect(buffer.next(at: .milliseconds(100)) == .startTimer(.milliseconds(200)))
        buffer.resume()
        buffer.committed(try Self.batch(buffer.next(at: .milliseconds(100))).id)
        let failures = buffer.failures
        #expect(failures == 0)
        #expect(try Self.batch(buffer.next(at: .milliseconds(100))).units.map(\.number) == [1])
    }

    @Test func `draining does not gather`() throws {
        var buffer = Buffer(limits: Self.limits())
        _ = buffer.append(NumberedUnit(number: 0))
        buffer.committed(try Self.batch(buffer.next(at: .zero)).id)
        _ = buffer.append(NumberedUnit(number: 1))
        #expect(buffer.next(at: .zero) == .startTimer(.milliseconds(20)))
        buffer.drain()
        #expect(try Self.batch(buffer.next(at: .zero)).units.map(\.number) == [1])
        _ = buffer.append(NumberedUnit(number: 2))
        #expect(Set(buffer.abandon().map(\.number)) == [1, 2])
        let (held, action) = (buffer.heldRows, buffer.next(at: .seconds(1)))
        #expect(held == 0 && action == .wait)
    }

    @Test func `a batch with one bad unit costs few writes to find it`() throws {
        var buffer = Buffer(limits: Self.limits(rows: 64, pace: .zero))
        for number in 0..<64 { _ = buffer.append(NumberedUnit(number: number)) }
        var committed: [Int] = []
        var refused: [Int] = []
        var writes = 0
        while case .write(let batch) = buffer.next(at: .zero) {
            writes += 1
            if batch.units.contains(where: { $0.number == 37 }) {
                if let unit = buffer.refused(batch.id) { refused.append(unit.number) }
            } else {
                committed += batch.units.map(\.number)
                buffer.committed(batch.id)
            }
        }
        #expect(refused == [37])
        #expect(committed == (0..<64).filter { $0 != 37 })
        #expect(writes == 13)
    }

    /// A database that commits, refuses, fails before and fails after committing, at random.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `whatever happens, every unit taken is committed or refused once, and only bad ones are refused`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        let limits = WriteBehindLimits(
            batchRows: Int.random(in: 1...20, using: &random), backlogRows: Int.random(in: 1...40, using: &random),
            pace: .milliseconds(Int.random(in: 0...30, using: &random)),
            flights: Int.random(in: 1...4, using: &random), highWater: Int.random(in: 20...120, using: &random))
        var buffer = Buffer(limits: limits)
        var now = Duration.zero
        var taken: Set<Int> = []
        var bad: Set<Int> = []
        var stored: [Int: Int] = [:]
        var acknowledged: [Int: Int] = [:]
        var refused: [Int: Int] = [:]
        var flying: [Buffer.Batch] = []
        var heldBound = 0

        func land(_ batch: Buffer.Batch, failureRate: Double) {
            let isBad = batch.units.contains { bad.contains($0.number) }
            if Double.random(in: 0..<1, using: &random) < failureRate {
                // The connection broke; whether the batch was committed is unknown.
                if !isBad, Bool.random(using: &random) { for unit in batch.units { stored[unit.number] = 1 } }
                buffer.failed(batch.id, at: now) { _ in .milliseconds(10) }
            } else if isBad {
                if let unit = buffer.refused(batch.id) { refused[unit.number, default: 0] += 1 }
            } else {
                // ON CONFLICT DO NOTHING: a unit that is there is not stored again.
                for unit in batch.units { stored[unit.number] = 1 }
                for unit in batch.units { acknowledged[unit.number, default: 0] += 1 }
                buffer.committed(batch.id)
            }
        }

        for number in 0..<400 {
            now += .milliseconds(Int.random(in: 0...5, using: &random))
            let unit = NumberedUnit(number: number, rowCount: Int.random(in: 1...6, using: &random))
            if buffer.append(unit) != .dropped {
                taken.insert(number)
                if Int.random(in: 0..<40, using: &random) == 0 { bad.insert(number) }
            }
            heldBound = max(heldBound, buffer.heldRows)
            while case .write(let batch) = buffer.next(at: now) {
                #expect(batch.rowCount <= limits.backlogRows || batch.units.count == 1)
                flying.append(batch)
                #expect(flying.count <= limits.flights)
            }
            if !flying.isEmpty, Bool.random(using: &random) {
                land(flying.remove(at: Int.random(in: flying.indices, using: &random)), failureRate: 0.3)
            }
        }
        buffer.drain()
        var turns = 0
        while !buffer.isEmpty {
            turns += 1
            try #require(turns < 10_000)
            now += .milliseconds(10)
            while case .write(let batch) = buffer.next(at: now) { flying.append(batch) }
            if !flying.isEmpty { land(flying.removeFirst(), failureRate: 0.1) }
        }
        #expect(Set(acknowledged.keys).union(refused.keys) == taken)
        #expect(Set(refused.keys) == bad.intersection(taken))
        #expect(acknowledged.values.allSatisfy { $0 == 1 } && refused.values.allSatisfy { $0 == 1 })
        #expect(Set(stored.keys).isSuperset(of: acknowledged.keys))
        #expect(heldBound <= limits.highWater)
    }
}

@Suite struct `A buffer of latest values` {
    @Test func `keeps the greatest of each key and gives them in order`() {
        var buffer = LatestBuffer<String, Int>(capacity: 3)
        for (key, value) in [("b", 2), ("a", 5), ("b", 1), ("c", 7), ("a", 6)] { buffer.note(value, for: key) }
        let (isNewTaken, isKnownTaken) = (buffer.note(1, for: "d"), buffer.note(9, for: "c"))
        #expect(!isNewTaken && isKnownTaken)
        let taken = buffer.takeAll()
        #expect(taken.map(\.key) == ["a", "b", "c"] && taken.map(\.value) == [6, 2, 9])
        let rest = buffer.takeAll()
        #expect(rest.isEmpty)
    }
}

@Suite struct `A backoff` {
    @Test func `doubles up to its bound and keeps at least half`() {
        let backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(1))
        var random = SeededGenerator(seed: 7)
        for (failures, full) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (500, 1000)] {
            for _ in 0..<50 {
                let delay = backoff.delay(afterFailures: failures, using: &random)
                #expect(delay >= .milliseconds(full) / 2 && delay <= .milliseconds(full))
            }
        }
    }
}
