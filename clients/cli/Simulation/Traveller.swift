import Glibc
import Measuring

/// One simulated person under way in a ``StreetPlan``: street by street, slowing for corners, stopping at red lights.
///
/// Moves in steps of ``step``; speed changes only by the mode's acceleration and braking.
struct Traveller: Hashable, Sendable {
    /// Seconds.
    static let step = 0.2

    let mode: TravelMode
    private let plan: StreetPlan
    private var generator: SeededGenerator
    /// The speed this person likes, m/s.
    private let cruise: Double
    private var from: StreetPlan.Crossing
    private(set) var direction: StreetPlan.Direction
    /// What follows at the next crossing.
    private var following: StreetPlan.Direction
    /// Metres from the last crossing.
    private var progress: Double
    /// m/s.
    private(set) var speed = 0.0
    /// Seconds since the simulation began.
    private(set) var time = 0.0
    /// Walkers and cyclists stop now and then, for a shop window or a message; until when.
    private var restsUntil = 0.0

    init(mode: TravelMode, plan: StreetPlan, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        self.mode = mode
        self.plan = plan
        cruise = generator.number(in: mode.cruise)
        let spread = plan.reach - 4
        from = StreetPlan.Crossing(
            column: Int(generator.next() % UInt64(spread * 2 + 1)) - spread,
            row: Int(generator.next() % UInt64(spread * 2 + 1)) - spread)
        direction = StreetPlan.Direction.all[Int(generator.next() % 4)]
        following = direction
        progress = generator.unit() * 0.5 * plan.length(direction)
        self.generator = generator
        following = choose()
    }

    var plane: (x: Double, y: Double) {
        let start = plan.plane(from)
        return (
            start.x + Double(direction.column) * progress,
            start.y + Double(direction.row) * progress
        )
    }

    /// Moves on by one ``step``.
    mutating func advance() {
        let length = plan.length(direction)
        let ahead = length - progress
        let target = targetSpeed(ahead)
        if target > speed {
            speed = min(target, speed + mode.acceleration * Traveller.step)
        } else {
            speed = max(target, speed - mode.braking * Traveller.step)
        }
        progress += speed * Traveller.step
        time += Traveller.step
        if progress >= length { pass(by: progress - length) }
    }

    /// What to aim at, `ahead` metres before a crossing: the cruising speed, or what still allows to corner or stop.
    private mutating func targetSpeed(_ ahead: Double) -> Double {
        if time < restsUntil { return 0 }
        if mode != .driving, speed > 0, generator.unit() < Traveller.step / 400 {
            restsUntil = time + generator.number(in: 8...40)
        }
        let crossing = next
        let margin = 2.0
        if plan.isRed(crossing, direction, at: time), stoppingDistance(to: 0) <= ahead {
            return min(cruise, allowed(within: ahead - margin, then: 0))
        }
        return following == direction ? cruise : min(cruise, allowed(within: ahead, then: min(cruise, mode.cornering)))
    }

    /// The highest speed from which `final` can be reached within `distance`, braking at four fifths of what the mode can.
    private func allowed(within distance: Double, then final: Double) -> Double {
        sqrt(final * final + 2 * mode.braking * 0.8 * max(distance, 0))
    }

    private func stoppingDistance(to final: Double) -> Double {
        (speed * speed - final * final) / (2 * mode.braking)
    }

    private var next: StreetPlan.Crossing {
        StreetPlan.Crossing(column: from.column + direction.column, row: from.row + direction.row)
    }

    private mutating func pass(by rest: Double) {
        from = next
        direction = following
        progress = rest
        following = choose()
    }

    /// Where to go at the next crossing: mostly on, sometimes left or right, back only at the edge of the city.
    private mutating func choose() -> StreetPlan.Direction {
        let crossing = next
        let dice = generator.unit()
        let wish =
            dice < 0.6
            ? [direction, direction.left, direction.right]
            : dice < 0.8
                ? [direction.left, direction.right, direction] : [direction.right, direction.left, direction]
        let possible = wish.first { way in
            plan.contains(StreetPlan.Crossing(column: crossing.column + way.column, row: crossing.row + way.row))
        }
        return possible ?? direction.back
    }
}
