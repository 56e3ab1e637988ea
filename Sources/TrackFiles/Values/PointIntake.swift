package import Model

/// What points have to be like.
package struct PointRules: Hashable, Sendable {
    /// The first moment that a point may have: 1900-01-01T00:00:00Z. What is earlier is a mistake of a clock.
    package static let earliest = Timestamp(milliseconds: -2_208_988_800_000)

    /// The latest time a point may have.
    package var latest: Timestamp
    /// The largest radius of uncertainty in metres, where one is given; any if nothing. Default 500.
    package var poorestAccuracy: Double?

    package init(latest: Timestamp, poorestAccuracy: Double? = 500) {
        self.latest = latest
        self.poorestAccuracy = poorestAccuracy
    }
}

/// What is known of an entry while it is read.
struct PointDraft {
    var latitude: Double?
    var longitude: Double?
    var time: Timestamp?
    var accuracy: Double?
    var altitude: Double?
    var speed: Double?
}

/// Takes the entries of a file: makes points of them, and counts those that are none.
struct PointIntake {
    let rules: PointRules
    var points: [TrackFilePoint] = []
    var tally = TrackFileTally()

    init(rules: PointRules) { self.rules = rules }

    mutating func skip(_ reason: SkipReason, count: Int = 1) { tally.skipped[reason, default: 0] += count }

    mutating func take(_ draft: PointDraft) {
        guard let latitude = draft.latitude, let longitude = draft.longitude,
            let coordinate = Coordinate(latitude: latitude, longitude: longitude)
        else { return skip(.place) }
        guard let time = draft.time else { return skip(.time) }
        guard time <= rules.latest else { return skip(.future) }
        guard time >= PointRules.earliest else { return skip(.past) }
        let accuracy = draft.accuracy.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        if let accuracy, let poorest = rules.poorestAccuracy, accuracy > poorest { return skip(.inaccurate) }
        tally.points += 1
        points.append(
            TrackFilePoint(
                time: time, coordinate: coordinate, accuracy: accuracy,
                altitude: draft.altitude.flatMap { $0.isFinite ? $0 : nil },
                speed: draft.speed.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }))
    }
}
