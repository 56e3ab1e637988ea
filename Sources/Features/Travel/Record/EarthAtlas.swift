package import Earth
internal import H3
package import Journeys
internal import Model

/// H3's cells, and the countries and regions of the map that was imported.
package struct EarthAtlas: CellAtlas {
    private let index: RegionIndex

    package init(_ index: RegionIndex) { self.index = index }

    package func cells(of point: TrackPoint) -> (res8: Int64, res6: Int64) {
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
        let found = index.locate(known.centre)
        return CellPlace(
            cell: cell, resolution: known.resolution.rawValue, country: found?.country.code,
            region: found?.region?.code,
            isLand: found?.isInside ?? false, isNorthern: known.centre.latitude >= 0)
    }
}
