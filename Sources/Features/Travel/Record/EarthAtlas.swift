package import Earth
internal import H3
package import Journeys
internal import Model

/// H3's cells, and the countries and regions of a map.
package struct EarthAtlas: CellAtlas {
    private let index: RegionIndex?
    /// Its number; 0 for none.
    package let map: Int32

    /// - Parameters:
    ///   - index: Nothing if there is no map: then no cell is known to be in a country or on land.
    ///   - map: Its number.
    package init(_ index: RegionIndex?, map: Int32) {
        self.index = index
        self.map = map
    }

    package func cells(of point: TrackPoint) -> (res8: Int64, res6: Int64) { EarthAtlas.cells(of: point) }

    /// The same on every map.
    package static func cells(of point: TrackPoint) -> (res8: Int64, res6: Int64) {
        guard let place = Coordinate(latitude: point.latitude, longitude: point.longitude) else {
            preconditionFailure("a point of a track is on the earth")
        }
        let cell = Cell(at: place, resolution: .neighbourhood)
        guard let parent = try? cell.parent(at: .city) else { preconditionFailure("a cell has coarser parents") }
        return (Int64(bitPattern: cell.index), Int64(bitPattern: parent.index))
    }

    /// Where the cell's centre is.
    ///
    /// - Precondition: `cell` came from ``cells(of:)``, now or on its way through the database.
    package func place(of cell: Int64) -> CellPlace {
        guard let known = try? Cell(index: UInt64(bitPattern: cell)) else { preconditionFailure("no cell of H3's") }
        let found = index?.locate(known.centre)
        return CellPlace(
            cell: cell, resolution: known.resolution.rawValue, country: found?.country.code,
            region: found?.region?.code,
            isLand: found?.isInside ?? false, isNorthern: known.centre.latitude >= 0, map: map)
    }
}
