package import Model

/// A time and a place that positions are told as differences from: a member's anchor, or the fix a client sent before.
package struct PackedReference: Hashable, Sendable {
    /// In milliseconds since the epoch; within ``Model/Timestamp/writable``.
    var time: Int64
    /// In 10⁻⁷ degrees.
    var latitude: Int32
    /// In 10⁻⁷ degrees.
    var longitude: Int32

    init(time: Int64, latitude: Int32, longitude: Int32) {
        self.time = time
        self.latitude = latitude
        self.longitude = longitude
    }

    /// Where and when the fix was taken, the place rounded to 10⁻⁷ degrees; nothing if it is on no map.
    package init?(_ fix: Fix) {
        guard Timestamp.writable.contains(fix.capturedAt), let latitude = PackedReference.rounded(fix.latitude),
            let longitude = PackedReference.rounded(fix.longitude)
        else { return nil }
        self.init(time: fix.capturedAt.milliseconds, latitude: latitude, longitude: longitude)
    }

    /// Units of 10⁻⁷ degrees.
    static let unitsPerDegree = 1e7

    /// The nearest whole number of 10⁻⁷ degrees; nothing for what 32 bits do not hold.
    static func rounded(_ degrees: Double) -> Int32? {
        let scaled = (degrees * unitsPerDegree).rounded()
        return abs(scaled) <= Double(Int32.max) ? Int32(scaled) : nil
    }

    /// As above, if that is the same number to the last bit.
    static func exact(_ degrees: Double) -> Int32? {
        guard let scaled = rounded(degrees), self.degrees(Int64(scaled)).bitPattern == degrees.bitPattern else {
            return nil
        }
        return scaled
    }

    static func degrees(_ scaled: Int64) -> Double { Double(scaled) / unitsPerDegree }
}
