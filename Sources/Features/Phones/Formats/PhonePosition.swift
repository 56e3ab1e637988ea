internal import Model

/// A position as a phone app tells it, in the hub's units, before it is held against the rules.
struct PhonePosition: Hashable, Sendable {
    var capturedAt: Timestamp
    /// Degrees north.
    var latitude: Double
    /// Degrees east.
    var longitude: Double
    /// Metres.
    var accuracy: Double?
    /// Metres above the sea.
    var altitude: Double?
    /// Degrees from north.
    var bearing: Double?
    /// Metres per second.
    var speed: Double?
    /// Per cent.
    var battery: Double?
    var provider: String?
    var network: String?

    /// What a position without accuracy is taken to have, in metres: phones that do not tell are those that use cells and
    /// wireless networks.
    static let unknownAccuracy = 100.0

    /// The fix it makes. Apps write -1 or nonsense for what they do not know, so that what is not essential and out of its
    /// range is left out.
    ///
    /// - Parameter longestLabel: In UTF-8 bytes.
    func fix(longestLabel: Int) -> Fix {
        Fix(
            capturedAt: capturedAt, latitude: latitude, longitude: longitude,
            accuracy: accuracy.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } ?? PhonePosition.unknownAccuracy,
            altitude: altitude.flatMap { $0.isFinite ? $0 : nil },
            bearing: bearing.flatMap { (0...360).contains($0) ? $0 : nil },
            speed: speed.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil },
            provider: label(provider, longestLabel),
            batteryLevel: battery.flatMap { (0...100).contains($0) ? Int($0.rounded()) : nil },
            networkType: label(network, longestLabel))
    }

    private func label(_ text: String?, _ longest: Int) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= longest,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        return text
    }
}
