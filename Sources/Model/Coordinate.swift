/// A place on earth, in WGS 84.
package struct Coordinate: Hashable, Sendable {
    /// Degrees north, -90 … 90.
    package let latitude: Double
    /// Degrees east, -180 … 180; both ends are the same meridian.
    package let longitude: Double

    /// Nothing for what is no place: out of range, infinite, or no number.
    package init?(latitude: Double, longitude: Double) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }
}
