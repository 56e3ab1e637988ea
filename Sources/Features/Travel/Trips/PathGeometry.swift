package import Journeys

/// A path as GeoJSON has it (RFC 7946): longitude first, and cut where it crosses the antimeridian (section 3.1.9).
package struct PathGeometry: Hashable, Sendable {
    package struct Position: Hashable, Sendable {
        package var longitude: Double
        package var latitude: Double

        package init(longitude: Double, latitude: Double) {
            self.longitude = longitude
            self.latitude = latitude
        }
    }

    /// Each of two positions at least; more than one if the path crosses the antimeridian.
    package let lines: [[Position]]

    /// - Parameter path: Two points at least.
    package init(_ path: [TrackPoint]) {
        var lines: [[Position]] = []
        var line: [Position] = []
        for point in path {
            let next = Position(longitude: point.longitude, latitude: point.latitude)
            if let last = line.last, abs(next.longitude - last.longitude) > 180 {
                let border = last.longitude < 0 ? -180.0 : 180
                let latitude = PathGeometry.latitude(between: last, next, at: border)
                if last.longitude != border { line.append(Position(longitude: border, latitude: latitude)) }
                lines.append(line)
                line = next.longitude == -border ? [] : [Position(longitude: -border, latitude: latitude)]
            }
            line.append(next)
        }
        lines.append(line)
        // A path that only touches the antimeridian leaves a single position on the other side.
        let whole = lines.filter { $0.count >= 2 }
        self.lines = whole.isEmpty ? [lines.flatMap { $0 }] : whole
    }

    /// Where the way from one to the other, the short way round, meets the antimeridian; to a millionth of a degree, as paths.
    private static func latitude(between start: Position, _ end: Position, at border: Double) -> Double {
        let here = abs(border - start.longitude)
        let there = abs(-border - end.longitude)
        guard here + there > 0 else { return start.latitude }
        let latitude = start.latitude + (end.latitude - start.latitude) * here / (here + there)
        return (latitude * 1e6).rounded() / 1e6
    }
}
