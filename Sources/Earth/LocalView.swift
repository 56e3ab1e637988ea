internal import Glibc
internal import Model

/// What lies around a place up to ``RegionIndex/reach``, on a plane that touches the earth there.
///
/// Over ten kilometres the plane is true to a few metres, except within a kilometre of a pole, where meridians are no parallels;
/// the only land there is Antarctica, all around.
struct LocalView {
    private static let metresPerDegree = 6_371_007.180918475 * Double.pi / 180

    private let place: Coordinate
    private let metresPerStepNorth = LocalView.metresPerDegree / MapVertex.stepsPerDegree
    private let metresPerStepEast: Double
    private let latitude: Double
    private let longitude: Double
    /// In steps.
    let south: Double
    let north: Double

    init(of place: Coordinate) {
        self.place = place
        metresPerStepEast = metresPerStepNorth * cos(place.latitude * .pi / 180)
        latitude = place.latitude * MapVertex.stepsPerDegree
        longitude = place.longitude * MapVertex.stepsPerDegree
        south = latitude - RegionIndex.reach / metresPerStepNorth
        north = latitude + RegionIndex.reach / metresPerStepNorth
    }

    /// The squares of a degree that it touches; their numbers.
    var squares: [Int] { LocalView.squares(around: place, within: RegionIndex.reach / LocalView.metresPerDegree) }

    /// The squares that are within some degrees of latitude of a place, and perhaps others; their numbers.
    static func squares(around place: Coordinate, within degrees: Double) -> [Int] {
        let rows =
            MapSquare(row: row(place.latitude - degrees), column: 0)
            .row...MapSquare(
                row: row(place.latitude + degrees), column: 0
            ).row
        // As many degrees of longitude as it takes at the end that is nearer to a pole; near one, all of them.
        let highest = min(abs(place.latitude) + degrees, 90)
        let width = degrees / max(cos(highest * .pi / 180), 1e-9)
        guard width < 179 else { return rows.flatMap { row in (0..<360).map { row * 360 + $0 } } }
        let first = Int((place.longitude - width + 180).rounded(.down))
        let last = Int((place.longitude + width + 180).rounded(.down))
        return rows.flatMap { row in (first...last).map { row * 360 + ($0 + 720) % 360 } }
    }

    private static func row(_ latitude: Double) -> Int { Int((latitude + 90).rounded(.down)) }

    /// Metres from the place to the nearest point of an edge.
    func metres(from start: MapVertex, to end: MapVertex) -> Double {
        let (x, y) = offset(start)
        let (dx, dy) = (
            Double(Int64(end.longitude) - Int64(start.longitude)) * metresPerStepEast,
            Double(Int64(end.latitude) - Int64(start.latitude)) * metresPerStepNorth
        )
        let length = dx * dx + dy * dy
        let along = length > 0 ? min(max(-(x * dx + y * dy) / length, 0), 1) : 0
        let (east, north) = (x + along * dx, y + along * dy)
        return (east * east + north * north).squareRoot()
    }

    /// Metres east and north of the place, the short way round.
    private func offset(_ vertex: MapVertex) -> (Double, Double) {
        var steps = Double(vertex.longitude) - longitude
        if steps > 1.8e9 { steps -= 3.6e9 }
        if steps < -1.8e9 { steps += 3.6e9 }
        return (steps * metresPerStepEast, (Double(vertex.latitude) - latitude) * metresPerStepNorth)
    }
}
