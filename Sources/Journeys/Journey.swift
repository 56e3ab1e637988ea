package import Model

/// A way from one place to the next.
package struct Trip: Hashable, Sendable {
    package var start: TrackPoint
    package var end: TrackPoint
    /// Metres from point to point.
    package var distance: Double
    /// Metres a second: the highest median of five stretches between points in a row, so that no single error makes it.
    package var topSpeed: Double
    /// Where it went, in fewer points: the first and the last are `start` and `end`.
    package var path: [TrackPoint]

    /// Seconds.
    package var duration: Double { start.seconds(to: end) }
}

/// A while at one place.
package struct Stay: Hashable, Sendable {
    /// The first point there: the place, and when it began.
    package var arrival: TrackPoint
    /// When it was last seen to last.
    package var end: Timestamp
}

/// A silence at whose end somebody was elsewhere.
package struct UnseenWay: Hashable, Sendable {
    package var start: TrackPoint
    package var end: TrackPoint

    /// Metres as the crow flies.
    package var distance: Double { start.distance(to: end) }
}

/// A moment from which a track can be read as if nothing had been before: what follows is the same.
package struct Landmark: Hashable, Comparable, Sendable {
    package var time: Timestamp
    /// The point that showed it; only what comes before that could undo it.
    package var settled: Timestamp

    package init(time: Timestamp, settled: Timestamp) {
        self.time = time
        self.settled = settled
    }

    package static func < (left: Landmark, right: Landmark) -> Bool {
        (left.time, left.settled) < (right.time, right.settled)
    }
}

/// What comes of a track, in the order of its points.
package enum JourneyEvent: Hashable, Sendable {
    case trip(Trip)
    case stay(Stay)
    case unseen(UnseenWay)
    case landmark(Landmark)
}
