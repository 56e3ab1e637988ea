/// Where on earth a cell is: what is looked up once of each, for everybody.
package struct CellPlace: Hashable, Sendable {
    package var cell: Int64
    package var resolution: Int
    /// ISO 3166-1, two letters; nothing at sea.
    package var country: String?
    /// ISO 3166-2, such as `US-CA`.
    package var region: String?
    /// Whether the cell's centre lies within borders, and not off their coast.
    package var isLand: Bool
    /// Whether the cell's centre is north of the equator or on it.
    package var isNorthern: Bool
    /// The number of the map in which it was looked up (``RegionStore/StoredMap/number``); 0 for none.
    package var map: Int32

    package init(
        cell: Int64, resolution: Int, country: String?, region: String?, isLand: Bool, isNorthern: Bool, map: Int32 = 0
    ) {
        self.cell = cell
        self.resolution = resolution
        self.country = country
        self.region = region
        self.isLand = isLand
        self.isNorthern = isNorthern
        self.map = map
    }
}
