/// Which fixes are taken (story 3.4, and rule 8 of the contract on their age).
package struct FixRules: Hashable, Sendable {
    /// How far ahead of the hub's clock a device's may run. Default 60 s.
    package var clockSkew: Duration
    /// The oldest fix the live routes take. Default 7 days.
    package var longestAge: Duration
    /// The longest `provider` and `networkType`, in UTF-8 bytes. Default 50.
    package var longestLabel: Int

    package init(clockSkew: Duration = .seconds(60), longestAge: Duration = .seconds(7 * 86400), longestLabel: Int = 50)
    {
        self.clockSkew = clockSkew
        self.longestAge = longestAge
        self.longestLabel = longestLabel
    }

    /// Every rule that `fix` breaks, in the order of its members; empty for a fix to take.
    ///
    /// - Parameter prefix: Put before each field's name, such as `locations[3].`.
    package func violations(of fix: Fix, at now: Timestamp, prefix: String = "") -> [FieldError] {
        guard !isSound(fix, at: now) else { return [] }
        var errors: [FieldError] = []
        func check(_ holds: Bool, _ field: String, _ message: String) {
            if !holds { errors.append(FieldError(field: prefix + field, message: message)) }
        }
        let age = fix.capturedAt.duration(to: now)
        check(age >= .zero - clockSkew, "timestamp", "Timestamp must not be in the future")
        check(
            age <= longestAge, "timestamp",
            "Timestamp must not be older than \(longestAge.components.seconds / 86400) days")
        check((-90...90).contains(fix.latitude), "latitude", "Latitude must be between -90 and 90")
        check((-180...180).contains(fix.longitude), "longitude", "Longitude must be between -180 and 180")
        check(fix.accuracy >= 0 && fix.accuracy.isFinite, "accuracy", "Accuracy must be non-negative")
        check(fix.altitude?.isFinite ?? true, "altitude", "Altitude must be a finite number")
        check((0...360).contains(fix.bearing ?? 0), "bearing", "Bearing must be between 0 and 360")
        check((fix.speed ?? 0) >= 0 && (fix.speed ?? 0).isFinite, "speed", "Speed must be non-negative")
        check((0...100).contains(fix.batteryLevel ?? 0), "batteryLevel", "Battery level must be between 0 and 100")
        check(
            (fix.provider?.utf8.count ?? 0) <= longestLabel, "provider",
            "Provider must be at most \(longestLabel) bytes")
        check(
            (fix.networkType?.utf8.count ?? 0) <= longestLabel, "networkType",
            "Network type must be at most \(longestLabel) bytes")
        return errors
    }

    /// The usual answer without building a list.
    private func isSound(_ fix: Fix, at now: Timestamp) -> Bool {
        let age = fix.capturedAt.duration(to: now)
        return age >= .zero - clockSkew && age <= longestAge
            && (-90...90).contains(fix.latitude) && (-180...180).contains(fix.longitude)
            && fix.accuracy >= 0 && fix.accuracy.isFinite && (fix.altitude?.isFinite ?? true)
            && (0...360).contains(fix.bearing ?? 0) && (fix.speed ?? 0) >= 0 && (fix.speed ?? 0).isFinite
            && (0...100).contains(fix.batteryLevel ?? 0)
            && (fix.provider?.utf8.count ?? 0) <= longestLabel && (fix.networkType?.utf8.count ?? 0) <= longestLabel
    }
}
