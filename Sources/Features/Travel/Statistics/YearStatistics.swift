/// What somebody has done in a year, in UTC.
package struct YearStatistics: Hashable, Sendable {
    package var year: Int
    package var days = 0
    /// Cells of resolution 8 that somebody was in, and those for the first time.
    package var cells = 0
    package var newCells = 0
    /// Visits of such cells that began in it.
    package var visits: Int64 = 0
    package var countries = 0
    package var newCountries = 0
    package var regions = 0
    package var newRegions = 0
    /// What began in it.
    package var ways = WayTotals()
    /// Metres; nothing without a trip.
    package var longestTrip: Double?
}
