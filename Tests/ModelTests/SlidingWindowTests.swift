import HubTesting
import Model
import Testing

/// Remembers every moment: what a sliding window means.
private struct EveryMoment {
    private(set) var admitted: [UInt64] = []

    mutating func note(_ moment: UInt64) { admitted.append(moment) }

    /// Those that lie in the window that ends at `now`.
    func count(at now: UInt64, within length: UInt64) -> Int {
        admitted.reversed().prefix { now - $0 < length }.count
    }
}

@Suite struct `A sliding window` {
    /// What it may forget too late by: a sixteenth of the window, and what it rounds by.
    private static func slack(_ window: UInt64) -> UInt64 { window / 16 + window / 1_000_000 + 2 }

    @Test(arguments: 1...40)
    func `never admits more than the limit in any window, and refuses nobody for long`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let limit = [1, 2, 3, 7, 10, 100, 250].randomElement(using: &generator)!
        let window = [1, 16, 1000, 1001, 5000, 60_000, 86_400_000].randomElement(using: &generator)! as UInt64
        // A long time before, the origin, and so little that nothing but the window counts.
        var now = [0, 1, window, 1 << 40].randomElement(using: &generator)! as UInt64
        var counted = SlidingWindow()
        var oracle = EveryMoment()
        let steps: [UInt64] = [0, 0, 0, 1, window / UInt64(limit + 1), window / 16, window / 3, window, window * 3]
        for _ in 0..<2000 {
            let before = oracle.count(at: now, within: window)
            let verdict = counted.admit(at: now, limit: limit, window: window)
            if verdict.isAdmitted {
                #expect(before < limit, "\(before) of \(limit) were in the window")
                oracle.note(now)
                #expect(verdict.remaining <= limit - before - 1)
            } else {
                let kept = oracle.count(at: now, within: window + Self.slack(window))
                #expect(kept >= limit, "refused though only \(kept) of \(limit) were near")
                #expect(verdict.remaining == 0)
                // It is told to the millisecond when the next is admitted.
                var early = counted
                if verdict.wait > 1 {
                    #expect(!early.admit(at: now + UInt64(verdict.wait) - 1, limit: limit, window: window).isAdmitted)
                }
                var late = counted
                #expect(late.admit(at: now + UInt64(verdict.wait), limit: limit, window: window).isAdmitted)
            }
            now += steps.randomElement(using: &generator)!
            if steps.count == Int.random(in: 0...20, using: &generator) { now += UInt64(verdict.wait) }
        }
    }

    @Test func `takes a burst of the limit at once, and nothing more until the window is over`() {
        var window = SlidingWindow()
        for number in 1...100 {
            #expect(window.admit(at: 5_000, limit: 100, window: 60_000).remaining == 100 - number)
        }
        for moment in [5_000, 30_000, 63_999] as [UInt64] {
            #expect(!window.admit(at: moment, limit: 100, window: 60_000).isAdmitted, "\(moment)")
        }
        let verdict = window.admit(at: 64_000, limit: 100, window: 60_000)
        #expect(verdict.wait == 1000)
        #expect(window.admit(at: 64_000 + UInt64(verdict.wait), limit: 100, window: 60_000).isAdmitted)
    }

    @Test func `never refuses who keeps exactly to the rate, as a device does with ten a second`() {
        var window = SlidingWindow()
        for number in 0..<1000 as Range<UInt64> {
            #expect(window.admit(at: 7 + number * 100, limit: 10, window: 1000).isAdmitted, "\(number)")
        }
    }

    @Test func `takes a clock that is behind for the moment it knows`() {
        var window = SlidingWindow()
        for _ in 0..<3 { #expect(window.admit(at: 10_000, limit: 5, window: 1000).isAdmitted) }
        for _ in 0..<2 { #expect(window.admit(at: 9_000, limit: 5, window: 1000).isAdmitted) }
        #expect(!window.admit(at: 9_000, limit: 5, window: 1000).isAdmitted)
        #expect(!window.admit(at: 10_999, limit: 5, window: 1000).isAdmitted)
        #expect(window.admit(at: 11_000, limit: 5, window: 1000).isAdmitted)
    }

    @Test func `obeys a limit that is lowered, and one that is raised`() {
        var window = SlidingWindow()
        for moment in 0..<10 as Range<UInt64> { _ = window.admit(at: moment * 90, limit: 10, window: 1000) }
        let verdict = window.admit(at: 900, limit: 3, window: 1000)
        #expect(!verdict.isAdmitted)
        // Until only two of the ten are left.
        #expect(verdict.wait == 730)
        #expect(window.admit(at: 900, limit: 12, window: 1000).remaining == 1)
    }

    @Test func `takes 112 bytes`() {
        #expect(MemoryLayout<SlidingWindow>.stride == 112)
    }
}

@Suite struct `A rate policy` {
    @Test(arguments: [
        ("exports 10/hour by key", 10, 3600, RateScope.key), ("ip 0/minute by ip", 0, 60, .address),
        ("a_1 1000000000/day by user", 1_000_000_000, 86_400, .user), ("x 5/90s by device", 5, 90, .device),
        ("x 5/1s by device", 5, 1, .device),
    ])
    func `is read as it is written`(text: String, limit: Int, seconds: Int, scope: RateScope) throws {
        let policy = try #require(RatePolicy(text))
        #expect((policy.limit, policy.seconds, policy.scope) == (limit, seconds, scope))
        #expect(policy.description == text.replacing("1s ", with: "second "))
        #expect(RatePolicy(policy.description) == policy)
    }

    @Test(arguments: [
        "", "exports", "exports 10 by key", "exports 10/hour", "exports 10/hour by", "exports 10/hour by keys",
        "exports 10/hour per key", "exports -1/hour by key", "exports +1/hour by key", "exports 1000000001/hour by key",
        "exports 10/week by key", "exports 10/0s by key", "exports 10/86401s by key", "exports 10/s by key",
        "exports 10/ by key", "Exports 10/hour by key", "ex-ports 10/hour by key", "exports 10/hour by key now",
        "exports 1 0/hour by key", "exports 10//hour by key", "\"x\" 1/hour by key",
        "exports 99999999999999999999/hour by key", "exports 10/99999999999999999999s by key",
    ])
    func `is nothing else`(text: String) {
        #expect(RatePolicy(text) == nil)
    }

    @Test func `names its window`() {
        let names = [1, 60, 3600, 86_400, 90].map {
            RatePolicy("x", 1, per: .seconds($0), by: .key).windowName
        }
        #expect(names == ["second", "minute", "hour", "day", "90 s"])
    }
}
