/// One reported position of a device (story 3.1). Made from the wire by `FixDraft.validated`, so its values are in range.
package struct Fix: Hashable, Sendable {
    /// When the device was there.
    package var capturedAt: Timestamp
    /// Degrees north, -90 … 90.
    package var latitude: Double
    /// Degrees east, -180 … 180.
    package var longitude: Double
    /// Radius of uncertainty in metres, 0 or more.
    package var accuracy: Double
    /// Metres above the sea.
    package var altitude: Double?
    /// Direction of movement in degrees from north, 0 … 360.
    package var bearing: Double?
    /// Metres per second, 0 or more.
    package var speed: Double?
    /// What found the position (`gps`, `network`, …), at most 50 bytes.
    package var provider: String?
    /// Per cent, 0 … 100.
    package var batteryLevel: Int?
    /// What the device was connected by (`wifi`, `lte`, …), at most 50 bytes.
    package var networkType: String?

    package init(
        capturedAt: Timestamp, latitude: Double, longitude: Double, accuracy: Double, altitude: Double? = nil,
        bearing: Double? = nil, speed: Double? = nil, provider: String? = nil, batteryLevel: Int? = nil,
        networkType: String? = nil
    ) {
        self.capturedAt = capturedAt
        self.latitude = latitude
        self.longitude = longitude
        self.accuracy = accuracy
        self.altitude = altitude
        self.bearing = bearing
        self.speed = speed
        self.provider = provider
        self.batteryLevel = batteryLevel
        self.networkType = networkType
    }
}
