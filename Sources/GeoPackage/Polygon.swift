/// An area: a ring around it, and rings around what is cut out of it.
package struct Polygon: Hashable, Sendable {
    /// Degrees, in WGS 84.
    package struct Point: Hashable, Sendable {
        package var longitude: Double
        package var latitude: Double

        package init(longitude: Double, latitude: Double) {
            self.longitude = longitude
            self.latitude = latitude
        }
    }

    /// The outer ring first. The last point of each is its first again.
    package var rings: [[Point]]

    package init(rings: [[Point]]) { self.rings = rings }
}
