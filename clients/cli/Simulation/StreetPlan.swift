import Glibc
import Measuring

/// A made-up city: a grid of streets, turned, around a centre, with traffic lights at some crossings.
///
/// Everything is told from the seed, so no map is stored. Positions in it are metres on a plane: `x` along one set of
/// streets, `y` along the other.
struct StreetPlan: Hashable, Sendable {
    /// A crossing by its place in the grid.
    struct Crossing: Hashable, Sendable {
        var column: Int
        var row: Int
    }

    /// One of the four directions of the grid, as steps of a crossing.
    struct Direction: Hashable, Sendable {
        var column: Int
        var row: Int

        static let all = [
            Direction(column: 1, row: 0), Direction(column: 0, row: 1), Direction(column: -1, row: 0),
            Direction(column: 0, row: -1),
        ]

        var left: Direction { Direction(column: -row, row: column) }
        var right: Direction { Direction(column: row, row: -column) }
        var back: Direction { Direction(column: -column, row: -row) }
    }

    /// Degrees.
    let latitude: Double
    let longitude: Double
    /// Crossings from the centre to the edge, in each direction.
    let reach: Int
    /// Metres between neighbouring crossings along a row and along a column.
    let blockWidth: Double
    let blockHeight: Double
    /// Of the grid, in radians.
    private let rotation: Double
    private let seed: UInt64

    init(seed: UInt64, latitude: Double, longitude: Double) {
        var generator = SeededGenerator(seed: seed ^ 0x5354_5245_4554)
        self.seed = seed
        self.latitude = latitude
        self.longitude = longitude
        reach = 12
        blockWidth = generator.number(in: 90...140)
        blockHeight = generator.number(in: 80...120)
        rotation = generator.number(in: -0.6...0.6)
    }

    func contains(_ crossing: Crossing) -> Bool { abs(crossing.column) <= reach && abs(crossing.row) <= reach }

    func length(_ direction: Direction) -> Double { direction.column != 0 ? blockWidth : blockHeight }

    func plane(_ crossing: Crossing) -> (x: Double, y: Double) {
        (Double(crossing.column) * blockWidth, Double(crossing.row) * blockHeight)
    }

    /// Whether a light holds up traffic that reaches `crossing` in `direction`, at `time` seconds: a third of the
    /// crossings have lights, which change every 25 to 45 seconds and let one axis go at a time.
    func isRed(_ crossing: Crossing, _ direction: Direction, at time: Double) -> Bool {
        let place = UInt64(bitPattern: Int64(crossing.column &* 4099 &+ crossing.row))
        let dice = SeededGenerator.mixed(seed ^ SeededGenerator.mixed(place))
        guard dice % 3 == 0 else { return false }
        let period = 25 + Double(dice >> 8 & 0xff) / 255 * 20
        let phase = Double(dice >> 16 & 0xff) / 255 * period * 2
        let rowsGo = Int(((time + phase) / period).rounded(.down)) % 2 == 0
        return rowsGo == (direction.row != 0)
    }

    /// Degrees, for a point of the plane.
    func position(x: Double, y: Double) -> (latitude: Double, longitude: Double) {
        let east = x * cos(rotation) - y * sin(rotation)
        let north = x * sin(rotation) + y * cos(rotation)
        let metresPerDegree = 111_195.0
        return (
            latitude + north / metresPerDegree,
            longitude + east / (metresPerDegree * cos(latitude * .pi / 180))
        )
    }

    /// Degrees from north, for a direction of the plane.
    func bearing(_ direction: Direction) -> Double {
        let angle = 90 - (atan2(Double(direction.row), Double(direction.column)) + rotation) * 180 / .pi
        return (angle + 720).truncatingRemainder(dividingBy: 360)
    }

    /// Metres above the sea: gentle hills.
    func altitude(x: Double, y: Double) -> Double { 180 + 12 * sin(x / 420) + 9 * cos(y / 310) }
}
