import Measuring
import Testing

@testable import hubctl

@Suite struct `The queue of what has to be acknowledged` {
    private typealias Queue = ResendQueue<Int>

    private func queue(_ count: Int, batch: Int = 3, window: Int = 2) -> Queue {
        var queue = Queue(limits: Queue.Limits(batch: batch, window: window))
        for item in 0..<count { queue.append(item) }
        return queue
    }

    /// The next batch, which has to be there.
    private func take(_ queue: inout Queue) throws -> Queue.Batch {
        let batch = queue.nextBatch()
        return try #require(batch)
    }

    private func items(_ queue: inout Queue) -> [Int]? { queue.nextBatch()?.items }

    private func acknowledge(_ id: Int, _ queue: inout Queue) -> [Int]? { queue.acknowledge(id)?.items }

    @Test func `sends in order, no more than the window`() throws {
        var queue = queue(8)
        let first = try take(&queue)
        let second = try take(&queue)
        #expect(first.items == [0, 1, 2])
        #expect(second.items == [3, 4, 5])
        #expect(items(&queue) == nil)
        #expect(acknowledge(first.id, &queue) == [0, 1, 2])
        #expect(items(&queue) == [6, 7])
    }

    @Test func `sends what a connection lost again, oldest first and before anything new`() throws {
        var queue = queue(8)
        let first = try take(&queue)
        _ = queue.nextBatch()
        queue.connectionLost()
        let again = try take(&queue)
        #expect(again.items == [0, 1, 2])
        #expect(again.isRepeat)
        #expect(again.id != first.id)
        #expect(items(&queue) == [3, 4, 5])
    }

    @Test func `takes no late answer of a lost connection`() throws {
        var queue = queue(3)
        let first = try take(&queue)
        queue.connectionLost()
        _ = queue.nextBatch()
        #expect(acknowledge(first.id, &queue) == nil)
        #expect(queue.openCount == 3)
    }

    @Test func `sends what was postponed first`() throws {
        var queue = queue(9)
        let first = try take(&queue)
        let second = try take(&queue)
        queue.postpone(second.id)
        queue.postpone(first.id)
        #expect(items(&queue) == [0, 1, 2])
        #expect(items(&queue) == [3, 4, 5])
    }

    @Test func `keeps to a limit that is lowered, for what it sends again too`() throws {
        var queue = queue(8, batch: 4, window: 8)
        _ = try take(&queue)
        _ = try take(&queue)
        queue.connectionLost()
        queue.limits.batch = 3
        #expect(items(&queue) == [0, 1, 2])
        #expect(items(&queue) == [3, 4, 5])
        #expect(items(&queue) == [6, 7])
    }

    @Test(arguments: 0..<7)
    func `gives up only the item the hub refuses`(bad: Int) {
        var queue = queue(7, batch: 7, window: 4)
        var taken: [Int] = []
        var given: [Int] = []
        while let batch = queue.nextBatch() {
            if batch.items.contains(bad) {
                if let refused = queue.refuse(batch.id) { given.append(refused.item) }
            } else {
                taken += queue.acknowledge(batch.id)?.items ?? []
            }
        }
        #expect(given == [bad])
        #expect(taken.sorted() == (0..<7).filter { $0 != bad })
        #expect(queue.isEmpty)
        #expect(queue.rejectedCount == 1)
    }

    /// A hub that answers late, out of order, with refusals to take more, and is lost again and again.
    @Test(arguments: 0..<100)
    func `whatever happens, everything is acknowledged exactly once and the window is kept`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let limits = Queue.Limits(
            batch: Int.random(in: 1...50, using: &generator), window: Int.random(in: 1...10, using: &generator))
        let total = Int.random(in: 1...300, using: &generator)
        var queue = Queue(limits: limits)
        var added = 0
        /// What the hub got on this connection and has not answered; it stores before it answers.
        var unanswered: [(id: Int, items: [Int])] = []
        var stale: [Int] = []
        var stored: Set<Int> = []
        var acknowledged: [Int] = []
        var steps = 0
        while added < total || !queue.isEmpty {
            steps += 1
            try #require(steps < 200_000)
            switch Int.random(in: 0..<100, using: &generator) {
            case ..<35:
                for _ in 0..<Int.random(in: 1...20, using: &generator) where added < total {
                    queue.append(added)
                    added += 1
                }
            case ..<65:
                if let batch = queue.nextBatch() {
                    #expect(batch.items == Array(batch.range))
                    #expect(batch.items.count <= limits.batch)
                    // Nothing older is left waiting: what is neither acknowledged nor on its way is newer.
                    let onTheirWay = Set(unanswered.flatMap(\.items))
                    let settled = Set(acknowledged)
                    let older = (0..<batch.range.lowerBound).filter {
                        !settled.contains($0) && !onTheirWay.contains($0)
                    }
                    #expect(older.isEmpty)
                    unanswered.append((batch.id, batch.items))
                }
            case ..<90:
                guard !unanswered.isEmpty else { break }
                let index = Int.random(in: 0..<unanswered.count, using: &generator)
                let answer = unanswered.remove(at: index)
                if Int.random(in: 0..<5, using: &generator) == 0 {
                    queue.postpone(answer.id)
                } else {
                    stored.formUnion(answer.items)
                    acknowledged += try #require(acknowledge(answer.id, &queue))
                }
            case ..<94:
                if let id = stale.randomElement(using: &generator) { #expect(acknowledge(id, &queue) == nil) }
            default:
                // Some of it was stored, and the answer is lost.
                for lost in unanswered where Bool.random(using: &generator) { stored.formUnion(lost.items) }
                stale += unanswered.map(\.id)
                unanswered = []
                queue.connectionLost()
            }
            #expect(queue.inFlightCount <= limits.window)
            #expect(queue.inFlightCount == unanswered.count)
            #expect(queue.openCount == added - acknowledged.count)
        }
        #expect(acknowledged.count == total)
        #expect(Set(acknowledged).count == total)
        #expect(stored.isSuperset(of: acknowledged))
    }

    @Test func `without losses acknowledges in the order of the items`() throws {
        var queue = queue(1000, batch: 7, window: 3)
        var acknowledged: [Int] = []
        var onTheirWay: [Int] = []
        while !queue.isEmpty {
            while let batch = queue.nextBatch() { onTheirWay.append(batch.id) }
            acknowledged += try #require(acknowledge(onTheirWay.removeFirst(), &queue))
        }
        #expect(acknowledged == Array(0..<1000))
    }
}

@Suite struct `The wait before the next attempt` {
    @Test func `grows, is spread and is bounded`() {
        var generator = SeededGenerator(seed: 1)
        var backoff = Backoff()
        var bound = Duration.milliseconds(250)
        for _ in 0..<40 {
            let wait = backoff.next(using: &generator)
            #expect(wait >= bound / 2 && wait <= bound)
            bound = min(bound * 2, .seconds(15))
        }
        backoff.reset()
        let wait = backoff.next(using: &generator)
        #expect(wait <= .milliseconds(250))
    }

    @Test func `is never shorter than the hub asked for`() {
        var generator = SeededGenerator(seed: 2)
        var backoff = Backoff()
        for _ in 0..<20 {
            let wait = backoff.next(asked: .seconds(30), using: &generator)
            #expect(wait >= .seconds(30) && wait <= .seconds(33))
        }
    }
}
