import Model

/// The members of a fix, in the order errors come in.
enum FixFields {
    static let timestamp = Field("timestamp", "Timestamp")
    static let latitude = Field("latitude", "Latitude")
    static let longitude = Field("longitude", "Longitude")
    static let accuracy = Field("accuracy", "Accuracy")
    static let altitude = Field("altitude", "Altitude")
    static let bearing = Field("bearing", "Bearing")
    static let speed = Field("speed", "Speed")
    static let provider = Field("provider", "Provider")
    static let batteryLevel = Field("batteryLevel", "Battery level")
    static let networkType = Field("networkType", "Network type")

    static let all = [
        timestamp, latitude, longitude, accuracy, altitude, bearing, speed, provider, batteryLevel, networkType,
    ]

    /// The errors in the order of the members; those of no member first.
    static func ordered(_ errors: some Collection<FieldError>, prefix: String) -> [FieldError] {
        let order = all.map { "\(prefix)\($0.name)" }
        return errors.filter { !order.contains($0.field) }
            + order.flatMap { name in errors.filter { $0.field == name } }
    }
}
