package import Model

/// What a file says of one moment.
package struct TrackFilePoint: Hashable, Sendable {
    package var time: Timestamp
    package var coordinate: Coordinate
    /// The radius of uncertainty in metres.
    package var accuracy: Double?
    /// Metres above whatever the file counts from.
    package var altitude: Double?
    /// Metres a second.
    package var speed: Double?

    package init(
        time: Timestamp, coordinate: Coordinate, accuracy: Double? = nil, altitude: Double? = nil,
        speed: Double? = nil
    ) {
        self.time = time
        self.coordinate = coordinate
        self.accuracy = accuracy
        self.altitude = altitude
        self.speed = speed
    }
}
