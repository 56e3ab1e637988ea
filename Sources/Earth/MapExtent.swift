/// How much a map holds. What is bounded here is what takes memory once the map can be asked, and what is counted there
/// in 32 bits; the map of the earth has 408,000 corners.
struct MapExtent {
    /// Of a map at most.
    static let mostParts = 100_000
    /// Of all parts together at most, so that a corner counts as often as parts use it.
    static let mostCorners = 20_000_000
    /// Squares of a degree that the boxes of all parts touch, together, at most.
    static let mostSquares = 50_000_000

    private var parts = 0
    private var corners = 0
    private var squares = 0

    /// Counts a part, by the corners of all its rings.
    ///
    /// - Throws: ``RegionMapError/tooLarge``.
    mutating func add(corners: Int) throws(RegionMapError) {
        parts += 1
        self.corners += corners
        guard parts <= MapExtent.mostParts, self.corners <= MapExtent.mostCorners else { throw .tooLarge }
    }

    /// Counts the squares of a part.
    ///
    /// - Throws: ``RegionMapError/tooLarge``.
    mutating func add(_ box: MapBox) throws(RegionMapError) {
        squares += box.squareCount
        guard squares <= MapExtent.mostSquares else { throw .tooLarge }
    }
}
