package import Model

/// What somebody has seen of a country or a region.
package struct PlaceStatistics: Hashable, Sendable {
    /// ISO 3166-1 or 3166-2.
    package var code: String
    package var name: String
    /// The region it is part of.
    package var parent: String?
    /// Cells of resolution 8 that somebody was in, along its coast too.
    package var cells = 0
    /// Those whose centre is on its land.
    package var landCells = 0
    /// How many such cells there are (docs/travel.md); nothing if the map does not tell.
    package var landCellCount: Int?
    /// When and in which cell somebody first was there; nothing if never.
    package var first: Timestamp?
    package var firstCell: Int64?
    package var last: Timestamp?
    /// Regions that somebody was in, and how many the map has; of a region nothing.
    package var regions = 0
    package var regionCount = 0

    /// The part of its land that somebody has seen, 0 … 1. How many cells there are is reckoned, true to one in a hundred: so
    /// that whoever was in all of them may get a little less than 1, and nobody more.
    package var share: Double? {
        landCellCount.map { $0 > 0 ? min(1, Double(landCells) / Double($0)) : 0 }
    }
}
