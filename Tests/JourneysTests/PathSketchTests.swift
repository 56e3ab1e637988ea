import Glibc
import HubTesting
import Model
import Testing

@testable import Journeys

@Suite struct `A sketch of a path` {
    /// Metres from a point to the nearest of a path's lines, each on the plane at its beginning: as a map draws them.
    private func distance(_ point: TrackPoint, to path: [TrackPoint]) -> Double {
        let scale = TrackPoint.earthRadius * .pi / 180
        return zip(path, path.dropFirst()).map { start, end in
            func plane(_ other: TrackPoint) -> SIMD2<Double> {
                [
                    remainder(other.longitude - start.longitude, 360) * scale * cos(start.latitude * .pi / 180),
                    (other.latitude - start.latitude) * scale,
                ]
            }
            let (line, place) = (plane(end), plane(point))
            let share = max(0, min(1, (place * line).sum() / max((line * line).sum(), 1e-9)))
            let miss = place - share * line
            return (miss * miss).sum().squareRoot()
        }.min() ?? .infinity
    }

    @Test(arguments: 1...40)
    func `passes near every point, in far fewer corners`(seed: UInt64) {
        let points = RandomTrack(seed: seed).points
        var sketch = PathSketch(tolerance: 10)
        for point in points { sketch.add(point) }
        let path = sketch.path
        #expect(path.first == points.first)
        #expect(path.last == points.last)
        // Beside a line by the tolerance, and beyond its end by as much.
        for point in points where path.count > 1 { #expect(distance(point, to: path) <= 14.2) }
    }

    @Test func `of a straight way has two corners, and one each turn`() {
        var sketch = PathSketch(tolerance: 10)
        for step in 0..<1000 as Range<Int64> {
            let (north, east) = step < 500 ? (Double(step), 0.0) : (500, Double(step - 500))
            sketch.add(
                TrackPoint(
                    time: Timestamp(milliseconds: step * 1000), latitude: north / 10_000, longitude: east / 10_000))
        }
        #expect(sketch.path.count == 3)
    }

    @Test(arguments: 1...20)
    func `goes back to a bookmark, and is thinned`(seed: UInt64) {
        let points = RandomTrack(seed: seed).points
        var (sketch, short) = (PathSketch(tolerance: 10), PathSketch(tolerance: 10))
        for point in points.prefix(points.count / 2) {
            sketch.add(point)
            short.add(point)
        }
        let bookmark = sketch.bookmark
        for point in points.dropFirst(points.count / 2) { sketch.add(point) }
        let whole = sketch.path
        var thinned = sketch
        thinned.thin()
        #expect(thinned.tolerance == 20)
        #expect(thinned.path.count <= whole.count)
        for point in whole where thinned.path.count > 1 { #expect(distance(point, to: thinned.path) <= 28.3) }
        sketch.rewind(to: bookmark)
        #expect(sketch == short)
    }
}
