import Glibc
import Model
import Testing

@testable import hubctl

@Suite struct `The simulated city` {
    private let start = Timestamp(milliseconds: 1_795_170_600_000)

    private func metres(_ a: Fix, _ b: Fix) -> Double {
        let north = (b.latitude - a.latitude) * 111_195
        let east = (b.longitude - a.longitude) * 111_195 * cos(a.latitude * .pi / 180)
        return (north * north + east * east).squareRoot()
    }

    private func fixes(_ mode: TravelMode, seed: UInt64, count: Int) -> [ScheduledFix] {
        let plan = StreetPlan(seed: seed, latitude: 48.15, longitude: 17.11)
        var phone = SimulatedPhone(mode: mode, plan: plan, seed: seed, start: start)
        return (0..<count).compactMap { _ in phone.next() }
    }

    @Test(arguments: TravelMode.allCases, [1, 2, 3, 4])
    func `nobody moves faster, speeds up or brakes harder than they can`(mode: TravelMode, seed: Int) {
        let plan = StreetPlan(seed: UInt64(seed), latitude: 48.15, longitude: 17.11)
        var traveller = Traveller(mode: mode, plan: plan, seed: UInt64(seed))
        var speed = traveller.speed
        var place = traveller.plane
        var stops = 0
        var moved = 0.0
        for _ in 0..<20_000 {
            traveller.advance()
            #expect(traveller.speed <= mode.cruise.upperBound + 1e-9)
            #expect(traveller.speed >= 0)
            #expect(traveller.speed - speed <= mode.acceleration * Traveller.step + 1e-9)
            #expect(speed - traveller.speed <= mode.braking * Traveller.step + 1e-9)
            let step = hypot(traveller.plane.x - place.x, traveller.plane.y - place.y)
            #expect(step <= traveller.speed * Traveller.step + 1e-6)
            if speed > 0, traveller.speed == 0 { stops += 1 }
            moved += step
            speed = traveller.speed
            place = traveller.plane
        }
        // An hour and more: there were lights to stop at, and they did not stay there.
        #expect(stops > 3)
        #expect(moved > 4000 * mode.cruise.lowerBound * 0.35)
        let edge = Double(plan.reach) * max(plan.blockWidth, plan.blockHeight) + 20
        #expect(abs(place.x) <= edge && abs(place.y) <= edge)
    }

    @Test(arguments: TravelMode.allCases)
    func `a phone's fixes are valid, one to five seconds apart and near the truth`(mode: TravelMode) throws {
        let fixes = fixes(mode, seed: 11, count: 800)
        let rules = FixRules()
        for fix in fixes {
            #expect(rules.violations(of: fix.fix, at: start.advanced(by: fix.due)).isEmpty)
            #expect(start.advanced(by: fix.due) == fix.fix.capturedAt)
        }
        for (before, after) in zip(fixes, fixes.dropFirst()) {
            let gap = before.fix.capturedAt.duration(to: after.fix.capturedAt) / .seconds(1)
            #expect(gap > 0.9 && gap < 5.1)
            // The error wanders; it does not jump.
            #expect(metres(before.fix, after.fix) < mode.cruise.upperBound * gap + 25)
        }
        let first = try #require(fixes.first?.fix.batteryLevel)
        let last = try #require(fixes.last?.fix.batteryLevel)
        #expect(last < first)
        #expect(fixes.contains { $0.fix.bearing != nil } && fixes.contains { $0.fix.speed == 0 })
    }

    @Test func `the error of a position is correlated, not noise`() {
        let plan = StreetPlan(seed: 5, latitude: 48.15, longitude: 17.11)
        var phone = SimulatedPhone(mode: .driving, plan: plan, seed: 5, start: start)
        var errors: [(x: Double, y: Double)] = []
        for _ in 0..<4000 {
            guard let fix = phone.next()?.fix else { break }
            let truth = plan.position(x: phone.truth.x, y: phone.truth.y)
            errors.append(
                (
                    (fix.longitude - truth.longitude) * 111_195 * cos(truth.latitude * .pi / 180),
                    (fix.latitude - truth.latitude) * 111_195
                ))
        }
        let variance = errors.reduce(0) { $0 + $1.x * $1.x + $1.y * $1.y } / Double(errors.count)
        let together = zip(errors, errors.dropFirst()).reduce(0) { $0 + $1.0.x * $1.1.x + $1.0.y * $1.1.y }
        #expect(variance > 2 && variance < 200)
        #expect(together / Double(errors.count - 1) / variance > 0.85)
    }

    @Test func `the same seed gives the same movements, another one others`() {
        #expect(fixes(.cycling, seed: 3, count: 300) == fixes(.cycling, seed: 3, count: 300))
        #expect(fixes(.cycling, seed: 3, count: 300) != fixes(.cycling, seed: 4, count: 300))
        #expect(Cast(count: 20, seed: 1) == Cast(count: 20, seed: 1))
    }

    @Test func `twenty people have twenty names and three ways to move`() {
        let cast = Cast(count: 45, seed: 2)
        #expect(Set(cast.members.map(\.name)).count == 45)
        #expect(Set(cast.members.map(\.seed)).count == 45)
        #expect(Set(cast.members.map(\.mode)) == Set(TravelMode.allCases))
    }

    @Test func `a faster life has the same ways in less time`() {
        let plan = StreetPlan(seed: 1, latitude: 0, longitude: 0)
        var real = SimulatedPhone(mode: .walking, plan: plan, seed: 1, start: start)
        var fast = SimulatedPhone(mode: .walking, plan: plan, seed: 1, start: start, factor: 10)
        for _ in 0..<100 {
            guard let one = real.next(), let other = fast.next() else { break }
            #expect(one.fix.latitude == other.fix.latitude)
            #expect(abs(one.due / .seconds(1) - other.due / .seconds(1) * 10) < 1e-6)
        }
    }
}
