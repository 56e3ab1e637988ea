package import Model

/// What somebody's record comes to.
package struct TravelOverview: Hashable, Sendable {
    package var username = ""
    package var createdAt = Timestamp(milliseconds: 0)
    package var countries = 0
    package var regions = 0
    package var cellsRes6 = 0
    package var cellsRes8 = 0
    /// Of cells of resolution 8.
    package var visits: Int64 = 0
    /// Days in UTC with a point.
    package var days = 0
    package var hasNorthern = false
    package var hasSouthern = false
    /// Whether points came that are not counted yet.
    package var isPending = false
    /// Of the first and the last point.
    package var first: Timestamp?
    package var last: Timestamp?
    package var ways = WayTotals()
    package var longestTrip: TripSummary?
    package var lastCountry: SeenPlace?
    package var lastRegion: SeenPlace?
}

/// What trips come to, and ways that nobody saw.
package struct WayTotals: Hashable, Sendable {
    package var trips = 0
    /// Metres.
    package var distance = 0.0
    /// Seconds on the way.
    package var seconds = 0.0
    /// Metres as the crow flies, during silences; not part of ``distance``.
    package var unseenDistance = 0.0
}

/// A country or region, and when somebody was last there.
package struct SeenPlace: Hashable, Sendable {
    /// ISO 3166-1 or 3166-2.
    package var code: String
    package var name: String
    package var last: Timestamp
}
