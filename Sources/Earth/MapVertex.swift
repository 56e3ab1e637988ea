/// A corner of a border, in whole steps of 1e-7 degrees, which is a centimetre.
package struct MapVertex: Hashable, Sendable {
    package static let stepsPerDegree = 1e7

    package var latitude: Int32
    package var longitude: Int32

    package init(latitude: Int32, longitude: Int32) {
        self.latitude = latitude
        self.longitude = longitude
    }
}
