internal import Glibc

/// Areas on a sphere as large as the earth.
enum SphericalArea {
    private static let radius = 6_371_007.180918475

    /// The area inside a ring whose last corner is its first, in square metres. Its edges are straight on the map.
    static func squareMetres(_ ring: ArraySlice<MapVertex>) -> Double {
        let radians = Double.pi / 180 / MapVertex.stepsPerDegree
        var sum = 0.0
        for (start, end) in zip(ring, ring.dropFirst()) {
            let width = Double(Int64(end.longitude) - Int64(start.longitude)) * radians
            sum += width * (sin(Double(start.latitude) * radians) + sin(Double(end.latitude) * radians)) / 2
        }
        return abs(sum) * radius * radius
    }
}
