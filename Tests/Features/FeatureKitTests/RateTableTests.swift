import EventLoop
import Foundation
import HubTesting
import Model
import Synchronization
import Telemetry
import Testing

@testable import FeatureKit

@Suite struct `The windows of many callers` {
    private static func subject(_ number: Int) -> RateSubject {
        RateSubject(UniqueID(high: 1, low: UInt64(number)))
    }

    private static func instant(_ milliseconds: Int) -> LoopInstant {
        LoopInstant(milliseconds: 1_000_000 + UInt64(milliseconds))
    }

    private static func address(_ text: String) throws -> RateSubject { RateSubject(try #require(IPAddress(text))) }

    @Test func `are counted apart`() {
        let table = RateTable(window: .seconds(60))
        for caller in 0..<50 {
            for _ in 0..<3 {
                #expect(table.admit(Self.subject(caller), at: Self.instant(0), limit: 3).isAdmitted)
            }
        }
        for caller in 0..<50 {
            #expect(!table.admit(Self.subject(caller), at: Self.instant(1), limit: 3).isAdmitted)
        }
    }

    @Test func `hold the limit exactly when threads come at the same moment`() async {
        let table = RateTable(window: .seconds(60))
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<5000).count { _ in
                        table.admit(Self.subject(1), at: Self.instant(7), limit: 1000).isAdmitted
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == 1000)
    }

    @Test func `stay within their bound however many callers there are, and refuse none of them for it`() throws {
        let table = RateTable(window: .seconds(60))
        let busy = Self.subject(1_000_000)
        var most = 0
        for caller in 0..<300_000 {
            #expect(table.admit(Self.subject(caller), at: Self.instant(caller / 100), limit: 5).isAdmitted)
            if caller % 10_000 == 0 {
                // One who keeps coming is not forgotten among them.
                #expect(
                    table.admit(busy, at: Self.instant(caller / 100), limit: 1000).remaining == 999 - caller / 10_000)
                most = max(most, table.count)
            }
        }
        #expect(most > 50_000)
        #expect(max(most, table.count) <= RateTable.capacity)
    }

    @Test func `are forgotten when they have been idle for two windows and a half, not while anything counts`() {
        let table = RateTable(window: .seconds(60))
        for caller in 0..<1000 { _ = table.admit(Self.subject(caller), at: Self.instant(0), limit: 1) }
        for moment in stride(from: 0, through: 59_000, by: 1000) {
            table.forgetIdle(at: Self.instant(moment))
            #expect(!table.admit(Self.subject(7), at: Self.instant(moment), limit: 1).isAdmitted)
        }
        #expect(table.count >= 1000)
        for moment in stride(from: 60_000, through: 160_000, by: 20_000) { table.forgetIdle(at: Self.instant(moment)) }
        #expect(table.count == 0)
        #expect(table.admit(Self.subject(7), at: Self.instant(300_000), limit: 1).isAdmitted)
        #expect(!table.admit(Self.subject(7), at: Self.instant(300_001), limit: 1).isAdmitted)
    }

    /// Whatever the order in which many come, rest and are forgotten, each is treated as if alone.
    @Test(arguments: 1...10)
    func `agree with a window for each caller while there is room`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let table = RateTable(window: .seconds(10))
        var alone: [Int: SlidingWindow] = [:]
        var now = 0
        for _ in 0..<5000 {
            now += [0, 0, 10, 300, 2500].randomElement(using: &generator)!
            if Int.random(in: 0...50, using: &generator) == 0 { now += Int.random(in: 0...40_000, using: &generator) }
            if Int.random(in: 0...20, using: &generator) == 0 { table.forgetIdle(at: Self.instant(now)) }
            let caller = Int.random(in: 0..<20, using: &generator)
            let instant = Self.instant(now)
            let expected = alone[caller, default: SlidingWindow()]
                .admit(at: instant.milliseconds, limit: 3, window: 10_000)
            #expect(table.admit(Self.subject(caller), at: instant, limit: 3) == expected)
        }
    }

    @Test func `count an IPv6 network as one and IPv4 addresses each`() throws {
        #expect(try Self.address("2001:db8:1:2::1") == Self.address("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(try Self.address("2001:db8:1:2::1") != Self.address("2001:db8:1:3::1"))
        #expect(try Self.address("10.0.0.1") != Self.address("10.0.0.2"))
        #expect(try Self.address("10.0.0.1") == Self.address("::ffff:10.0.0.1"))
        #expect(try Self.address("::") != Self.address("0.0.0.0"))
    }
}

@Suite struct `The rules of a hub` {
    private let origin = ClientOriginOf.loopback
    private let now = LoopInstant(milliseconds: 5_000_000)

    private func counts(_ limiter: RateLimiter) -> Bool {
        var standings = RateStandings()
        limiter.count(origin, at: now, in: &standings)
        return standings.refusal == nil
    }

    @Test func `keep what was counted when a limit changes, and forget it when a window does`() {
        let metrics = MetricsRegistry()
        let limiter = RateLimiter(RateRules([RatePolicy("ip", 2, per: .seconds(60), by: .address)], metrics: metrics))
        #expect(counts(limiter) && counts(limiter) && !counts(limiter))
        limiter.apply(limiter.rules.replaced(by: [RatePolicy("ip", 3, per: .seconds(60), by: .address)]))
        #expect(counts(limiter) && !counts(limiter))
        // Even by way of none.
        limiter.apply(limiter.rules.replaced(by: [RatePolicy("ip", 0, per: .seconds(60), by: .address)]))
        #expect((0..<100).allSatisfy { _ in counts(limiter) })
        limiter.apply(limiter.rules.replaced(by: [RatePolicy("ip", 3, per: .seconds(60), by: .address)]))
        #expect(!counts(limiter))
        limiter.apply(limiter.rules.replaced(by: [RatePolicy("ip", 1, per: .seconds(30), by: .address)]))
        #expect(counts(limiter) && !counts(limiter))
        #expect(metrics.render().contains(#"hub_rate_limited_total{policy="ip"} 4"#))
    }
}
