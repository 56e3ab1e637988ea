import Testing

@testable import TerminalText

@Suite struct `The meter of a task` {
    /// Moves a meter at a steady rate, ten times a second.
    private func steady(
        _ perSecond: Double, for seconds: Double, total: Int64?, isEstimate: Bool = false
    ) -> ProgressMeter {
        var meter = ProgressMeter(total: total, isEstimate: isEstimate, at: .seconds(100))
        for step in 1...Int(seconds * 10) {
            meter.move(to: Int64(perSecond * Double(step) / 10), at: .seconds(100) + .milliseconds(100 * step))
        }
        return meter
    }

    @Test func `tells a steady rate and what is left of it`() throws {
        let meter = steady(50, for: 4, total: 1000)
        #expect(meter.done == 200)
        #expect(meter.fraction == 0.2)
        #expect(meter.elapsed == .seconds(4))
        #expect(abs(try #require(meter.rate) - 50) < 1)
        #expect(abs(try #require(meter.remaining) / .seconds(1) - 16) < 1)
        #expect(meter.meanRate == 50)
    }

    @Test func `says nothing of the rate before a second`() {
        #expect(steady(50, for: 0.9, total: 1000).rate == nil)
        #expect(steady(50, for: 0.9, total: 1000).remaining == nil)
        #expect(steady(50, for: 0.9, total: 1000).meanRate == nil)
        #expect(steady(50, for: 1, total: 1000).rate != nil)
    }

    @Test func `follows a rate that changes, and does not jump`() throws {
        var meter = steady(100, for: 10, total: nil)
        for step in 1...10 { meter.move(to: 1000 + Int64(step), at: .seconds(110) + .milliseconds(100 * step)) }
        let soon = try #require(meter.rate)
        #expect(soon > 50 && soon < 99)
        for step in 1...30 { meter.move(to: 1010 + Int64(10 * step), at: .seconds(111 + step)) }
        #expect(abs(try #require(meter.rate) - 10) < 1)
    }

    @Test func `loses its rate while nothing happens`() throws {
        var meter = steady(100, for: 10, total: 10_000)
        let before = try #require(meter.remaining)
        for second in 1...60 { meter.tick(at: .seconds(110 + second)) }
        #expect(try #require(meter.rate) < 0.01)
        #expect(try #require(meter.remaining) > before * 100)
    }

    @Test func `without a total knows no share and no end`() {
        let meter = steady(50, for: 4, total: nil)
        #expect(meter.fraction == nil && meter.remaining == nil && meter.total == nil)
        #expect(meter.rate != nil)
    }

    @Test(arguments: [0, -5] as [Int64])
    func `of nothing is done`(total: Int64) {
        let meter = ProgressMeter(total: total, at: .zero)
        #expect(meter.fraction == 1)
        #expect(meter.remaining == nil)
    }

    @Test func `that goes back begins its rate anew`() throws {
        var meter = steady(1000, for: 5, total: 100_000)
        meter.move(to: 0, at: .seconds(106))
        #expect(meter.done == 0 && meter.rate == nil && meter.remaining == nil)
        #expect(meter.elapsed == .seconds(6))
        for second in 1...10 { meter.move(to: Int64(10 * second), at: .seconds(106 + second)) }
        #expect(abs(try #require(meter.rate) - 10) < 0.5)
        meter.move(to: -7, at: .seconds(120))
        #expect(meter.done == 0)
    }

    @Test func `that goes back between two samples begins anew too`() {
        var meter = steady(1000, for: 5, total: nil)
        meter.move(to: 5100, at: .milliseconds(105_050))
        meter.move(to: 5050, at: .milliseconds(105_060))
        #expect(meter.done == 5050 && meter.rate == nil)
    }

    @Test func `takes a clock that goes back for one that stands`() {
        var meter = steady(50, for: 4, total: 1000)
        let before = meter.rate
        meter.move(to: 201, at: .seconds(3))
        #expect(meter.elapsed == .seconds(4))
        #expect(meter.rate == before)
    }

    @Test func `has room for the largest numbers`() throws {
        var meter = ProgressMeter(total: .max, at: .zero)
        meter.move(to: 1, at: .seconds(2))
        #expect(try #require(meter.remaining) == .seconds(1e9))
        meter.move(to: .max - 1, at: .seconds(4))
        #expect(try #require(meter.rate) > 1e17)
        #expect(try #require(meter.fraction) <= 1)
        meter.move(to: .max, at: .seconds(1_000_000_000))
        #expect(meter.fraction == 1 && meter.remaining == nil)
    }

    @Test func `of more than was said has done all of it, and of more than was estimated knows no end`() {
        let exact = steady(50, for: 4, total: 100)
        #expect(exact.fraction == 1 && exact.total == 200)
        let estimated = steady(50, for: 4, total: 100, isEstimate: true)
        #expect(estimated.fraction == nil && estimated.total == nil)
    }

    @Test func `takes a total that becomes known`() {
        var meter = steady(50, for: 4, total: nil)
        meter.expect(400)
        #expect(meter.fraction == 0.5)
        meter.expect(nil)
        #expect(meter.fraction == nil)
    }
}
