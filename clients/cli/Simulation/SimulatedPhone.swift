import Glibc
import Measuring
import Model

/// The phone of a ``Traveller``: what GPS makes of where they are, and a battery.
///
/// GPS is not wrong afresh each second: its error wanders. It is a first-order Gauss–Markov process per axis (a time
/// constant of a minute) with a little white noise, and the accuracy it claims follows its size.
struct SimulatedPhone: FixSource, Sendable {
    private var traveller: Traveller
    private let plan: StreetPlan
    private var generator: SeededGenerator
    private let start: Timestamp
    /// Simulated seconds in a second.
    private let factor: Double
    private let interval: Double
    /// Metres: the usual size of the error, and where it is now.
    private let sigma: Double
    private var error: (x: Double, y: Double)
    private var battery: Double
    /// Per cent a second.
    private let drain: Double
    private var isFirst = true
    private var last: Timestamp?

    var total: Int? { nil }

    /// - Parameters:
    ///   - seed: The whole movement follows from it.
    ///   - start: The time of the first fix.
    ///   - factor: How much faster than real they live, 1 or more; fixes come as many times as often.
    init(mode: TravelMode, plan: StreetPlan, seed: UInt64, start: Timestamp, factor: Double = 1) {
        var generator = SeededGenerator(seed: seed ^ 0x5048_4f4e_45)
        self.plan = plan
        self.start = start
        self.factor = factor
        traveller = Traveller(mode: mode, plan: plan, seed: seed)
        interval = (generator.number(in: mode.interval) / Traveller.step).rounded() * Traveller.step
        sigma = generator.number(in: 2...6)
        error = (generator.normal() * sigma, generator.normal() * sigma)
        battery = generator.number(in: 35...100)
        drain = generator.number(in: mode.batteryDrain) / 3600
        // Phones do not report in step with each other.
        let lead = Int(generator.number(in: 0...interval) / Traveller.step)
        self.generator = generator
        for _ in 0..<lead { traveller.advance() }
    }

    /// Where the traveller truly is.
    var truth: (x: Double, y: Double) { traveller.plane }

    mutating func next() -> ScheduledFix? {
        if !isFirst { for _ in 0..<Int((interval / Traveller.step).rounded()) { traveller.advance() } }
        isFirst = false
        wander()
        let due = Duration.seconds(traveller.time / factor)
        var capturedAt = start.advanced(by: due)
        if let last, capturedAt <= last { capturedAt = last.advanced(by: .milliseconds(1)) }
        last = capturedAt
        return ScheduledFix(due: due, fix: fix(capturedAt))
    }

    private mutating func wander() {
        let keep = exp(-interval / 60)
        let fresh = sigma * sqrt(1 - keep * keep)
        error.x = error.x * keep + generator.normal() * fresh
        error.y = error.y * keep + generator.normal() * fresh
        battery = max(1, battery - drain * interval)
    }

    private mutating func fix(_ capturedAt: Timestamp) -> Fix {
        let truth = traveller.plane
        let x = truth.x + error.x + generator.normal() * 0.4
        let y = truth.y + error.y + generator.normal() * 0.4
        let position = plan.position(x: x, y: y)
        let speed = traveller.speed < 0.2 ? 0 : max(0, traveller.speed + generator.normal() * 0.15)
        let bearing = plan.bearing(traveller.direction) + generator.normal() * 3
        return Fix(
            capturedAt: capturedAt, latitude: SimulatedPhone.rounded(position.latitude, 1e7),
            longitude: SimulatedPhone.rounded(position.longitude, 1e7),
            accuracy: SimulatedPhone.rounded(sigma * generator.number(in: 1.1...1.6) + 1, 10),
            altitude: SimulatedPhone.rounded(plan.altitude(x: x, y: y) + generator.normal() * 2, 10),
            bearing: speed > 0.5
                ? SimulatedPhone.rounded((bearing + 360).truncatingRemainder(dividingBy: 360), 10) : nil,
            speed: SimulatedPhone.rounded(speed, 100), provider: "gps", batteryLevel: Int(battery.rounded()),
            networkType: "lte")
    }

    private static func rounded(_ value: Double, _ scale: Double) -> Double { (value * scale).rounded() / scale }
}
