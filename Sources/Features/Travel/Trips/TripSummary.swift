package import Model

/// A trip as it is kept, without its path.
package struct TripSummary: Hashable, Sendable {
    package var start: Timestamp
    package var end: Timestamp
    /// Metres.
    package var distance: Double
    /// Metres a second.
    package var topSpeed: Double

    package init(start: Timestamp, end: Timestamp, distance: Double, topSpeed: Double) {
        self.start = start
        self.end = end
        self.distance = distance
        self.topSpeed = topSpeed
    }

    /// Seconds.
    package var duration: Double { Double(end.milliseconds - start.milliseconds) / 1000 }

    /// Metres a second.
    package var averageSpeed: Double { duration > 0 ? distance / duration : 0 }
}
