import HubTesting
import Model
import Testing

@testable import Actors

struct TimerWheelTests {
    @Test(
        arguments: [(100, 5), (1000, 50), (97, 1), (10_000, 100), (0, 1)] as [(Int64, Int64)], [1, 2, 3] as [UInt64])
    func `an item is taken on its slot, and never early`(shape: (Int64, Int64), seed: UInt64) {
        let (horizon, resolution) = shape
        var random = SeededGenerator(seed: seed)
        var wheel = TimerWheel<Int>(horizon: horizon, resolution: resolution)
        var waiting: [Int: Int64] = [:]
        var now: Int64 = 12_345
        for number in 0..<2000 {
            if Bool.random(using: &random) {
                let due = now + Int64.random(in: 0...max(horizon, 1), using: &random)
                wheel.add(number, notBefore: LiveInstant(milliseconds: due), now: LiveInstant(milliseconds: now))
                let slot = (due + resolution - 1) / resolution * resolution
                let furthest = (now / resolution + horizon / resolution + 1) * resolution
                waiting[number] = min(slot, furthest)
            } else {
                // Now and then the owner is late by several turns of the wheel.
                let isLate = Int.random(in: 0..<20, using: &random) == 0
                now += Int64.random(in: 0...(isLate ? horizon * 3 + 10 : resolution * 2), using: &random)
                let due = wheel.takeDue(now: LiveInstant(milliseconds: now))
                #expect(Set(due) == Set(waiting.filter { $0.value <= now }.keys))
                #expect(due.map { waiting[$0] ?? 0 } == due.map { waiting[$0] ?? 0 }.sorted())
                for item in due { waiting[item] = nil }
            }
            #expect(wheel.count == waiting.count)
            let earliest = waiting.values.min()
            if let next = wheel.next?.milliseconds, let earliest {
                #expect(next == earliest || (next <= now && earliest <= now))
            } else {
                #expect(wheel.next == nil && earliest == nil)
            }
        }
    }

    @Test(arguments: [0, 1, 15, 16, 97, 100, 250, 1000, 10_000] as [Int64])
    func `ticks are whole numbers of slots`(tick: Int64) {
        let resolution = FanoutTicker.resolution(of: tick)
        #expect(resolution >= 1)
        #expect(tick % resolution == 0)
        #expect(tick < 16 || resolution <= tick / 16)
    }
}
