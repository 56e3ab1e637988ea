import HubTesting
import OTLP
import Testing

@Suite struct `Spans for a collector` {
    let limits = SpanBatchLimits(
        batch: 3, queue: 5, delay: .seconds(5), attempts: 3, shortestWait: .seconds(1), longestWait: .seconds(30))

    @Test func `wait for others, for a while`() {
        var batcher = SpanBatcher<Int>(limits: limits)
        #expect(batcher.append(1) == .startTimer(.seconds(5)))
        #expect(batcher.append(2) == .wait)
        #expect(batcher.timerFired() == .send([1, 2]))
        #expect(batcher.ended(.accepted, jitter: 1) == .wait)
        #expect(batcher.accepted == 2)
        #expect(batcher.timerFired() == .wait)
    }

    @Test func `leave at once when they fill a request`() {
        var batcher = SpanBatcher<Int>(limits: limits)
        _ = batcher.append(1)
        _ = batcher.append(2)
        #expect(batcher.append(3) == .send([1, 2, 3]))
        // One request at a time.
        for number in 4...6 { #expect(batcher.append(number) == .wait) }
        #expect(batcher.ended(.accepted, jitter: 1) == .send([4, 5, 6]))
    }

    @Test func `are dropped and counted when too many wait`() {
        var batcher = SpanBatcher<Int>(limits: limits)
        for number in 1...10 { _ = batcher.append(number) }
        #expect(batcher.count == 8)
        #expect(batcher.dropped == 2)
    }

    @Test func `are sent again later, twice as late each time, and then given up`() {
        var batcher = SpanBatcher<Int>(limits: limits)
        _ = batcher.append(1)
        #expect(batcher.timerFired() == .send([1]))
        #expect(batcher.ended(.retry(after: nil), jitter: 1) == .startTimer(.seconds(1)))
        #expect(batcher.append(2) == .wait)
        #expect(batcher.timerFired() == .send([1]))
        #expect(batcher.ended(.retry(after: nil), jitter: 0) == .startTimer(.seconds(1)))
        #expect(batcher.timerFired() == .send([1]))
        #expect(batcher.ended(.retry(after: nil), jitter: 1) == .startTimer(.seconds(5)))
        #expect(batcher.failed == 1)
        #expect(batcher.retries == 2)
        #expect(batcher.timerFired() == .send([2]))
    }

    @Test func `wait as long as the collector wishes, within bounds`() {
        var batcher = SpanBatcher<Int>(limits: limits)
        _ = batcher.append(1)
        _ = batcher.timerFired()
        #expect(batcher.ended(.retry(after: .seconds(12)), jitter: 1) == .startTimer(.seconds(12)))
        _ = batcher.timerFired()
        #expect(batcher.ended(.retry(after: .seconds(3600)), jitter: 1) == .startTimer(.seconds(30)))
    }

    @Test func `that are refused are not sent again`() {
        var batcher = SpanBatcher<Int>(limits: limits)
        _ = batcher.append(1)
        _ = batcher.timerFired()
        #expect(batcher.ended(.refused, jitter: 1) == .wait)
        #expect(batcher.failed == 1)
        #expect(batcher.count == 0)
    }

    @Test func `leave once and at once when the hub stops`() {
        var batcher = SpanBatcher<Int>(limits: limits)
        _ = batcher.append(1)
        #expect(batcher.drain() == .send([1]))
        #expect(batcher.append(2) == .wait)
        #expect(batcher.ended(.retry(after: nil), jitter: 1) == .send([2]))
        #expect(batcher.failed == 1)
        #expect(batcher.ended(.accepted, jitter: 1) == .wait)
        #expect(batcher.count == 0)
    }

    /// Whatever happens in whatever order: every span is accounted for once, order holds, and nothing passes the bounds.
    @Test(arguments: 1...20)
    func `are never lost unseen, sent twice at a time or more than the bounds allow`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var batcher = SpanBatcher<Int>(limits: limits)
        var sent: [Int]?
        var next = 0
        var taken: [Int] = []
        func note(_ action: SpanBatcher<Int>.Action) {
            guard case .send(let items) = action else { return }
            #expect(sent == nil, "two requests at a time")
            #expect(!items.isEmpty && items.count <= limits.batch)
            sent = items
        }
        for _ in 0..<2000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<6:
                next += 1
                note(batcher.append(next))
            case 6..<8: note(batcher.timerFired())
            default:
                guard let items = sent else { continue }
                sent = nil
                let endings: [SpanBatcher<Int>.Ending] = [.accepted, .accepted, .refused, .retry(after: nil)]
                let ending = endings.randomElement(using: &generator) ?? .accepted
                if ending == .accepted { taken += items }
                note(batcher.ended(ending, jitter: .random(in: 0...1, using: &generator)))
            }
            #expect(batcher.count <= limits.queue + limits.batch)
            #expect(batcher.accepted + batcher.failed + batcher.dropped + batcher.count == next)
        }
        #expect(taken == taken.sorted())
        #expect(Set(taken).count == taken.count)
        #expect(taken.count == batcher.accepted)
    }
}
