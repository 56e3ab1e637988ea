import Glibc
import Model

/// Which part of the earth a map in the terminal shows: everybody, with a margin. Around its middle, where a group is, it is
/// true to shape; the antimeridian is no edge.
struct MapFrame: Hashable, Sendable {
    private let width: Int
    private let height: Int
    private let middle: Coordinate
    /// Metres of a dot.
    let scale: Double
    /// Metres of a degree of longitude.
    private let degree: Double

    private static let metresOfDegree = 111_195.0
    /// Nobody is looked at closer than this.
    private static let smallest = 200.0
    private static let margin = 1.15

    /// Nothing without places or room.
    ///
    /// - Parameters:
    ///   - width: In dots.
    ///   - height: In dots.
    init?(_ places: [Coordinate], width: Int, height: Int) {
        guard width > 0, height > 0, let latitudes = MapFrame.span(places.map(\.latitude)) else { return nil }
        let (west, across) = MapFrame.around(places.map(\.longitude))
        var longitude = west + across / 2
        if longitude > 180 { longitude -= 360 }
        guard
            let middle = Coordinate(
                latitude: (latitudes.lowerBound + latitudes.upperBound) / 2, longitude: longitude)
        else { return nil }
        self.middle = middle
        degree = MapFrame.metresOfDegree * max(0.01, cos(middle.latitude * .pi / 180))
        let metres = (
            across: max(MapFrame.smallest, across * degree),
            down: max(
                MapFrame.smallest, (latitudes.upperBound - latitudes.lowerBound) * MapFrame.metresOfDegree)
        )
        scale = MapFrame.margin * max(metres.across / Double(width), metres.down / Double(height))
        self.width = width
        self.height = height
    }

    /// The dot of a place, which may be outside.
    func dot(of place: Coordinate) -> (x: Int, y: Int) {
        var across = place.longitude - middle.longitude
        if across > 180 { across -= 360 } else if across < -180 { across += 360 }
        let x = Double(width) / 2 + across * degree / scale
        let y = Double(height) / 2 - (place.latitude - middle.latitude) * MapFrame.metresOfDegree / scale
        return (Int(x.rounded(.down)), Int(y.rounded(.down)))
    }

    /// The longest round length that fits so many dots: 1, 2 or 5 times a power of ten.
    func bar(upTo dots: Int) -> (dots: Int, label: String) {
        let longest = Double(dots) * scale
        let power = pow(10, floor(log10(longest)))
        let metres = [5.0, 2.0, 1.0].first { $0 * power <= longest }.map { $0 * power } ?? power
        let label = metres < 1000 ? "\(Int(metres)) m" : "\(Int(metres / 1000)) km"
        return (max(1, Int(metres / scale)), label)
    }

    private static func span(_ values: [Double]) -> ClosedRange<Double>? {
        guard let least = values.min(), let most = values.max() else { return nil }
        return least...most
    }

    /// The shortest way around the earth that passes all of them: where it begins, and how many degrees it takes.
    private static func around(_ longitudes: [Double]) -> (west: Double, across: Double) {
        let sorted = longitudes.sorted()
        guard let first = sorted.first, let last = sorted.last else { return (0, 0) }
        var widest = (gap: first + 360 - last, west: first)
        for (one, next) in zip(sorted, sorted.dropFirst()) where next - one > widest.gap {
            widest = (next - one, next)
        }
        return (widest.west, 360 - widest.gap)
    }
}
