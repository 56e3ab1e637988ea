internal import CH3
internal import Model

/// The C library's functions, with degrees for radians. Callable from any thread: it keeps no state.
///
/// Whoever calls has seen to it that the arguments are in range, so that a refusal is a mistake of ours.
enum Grid {
    private static let degrees = 180 / Double.pi

    static func isCell(_ index: UInt64) -> Bool { isValidCell(index) == 1 }

    static func isPentagon(_ index: UInt64) -> Bool { CH3.isPentagon(index) == 1 }

    static func cell(at coordinate: Coordinate, resolution: Int) -> UInt64 {
        var place = LatLng(lat: coordinate.latitude / degrees, lng: coordinate.longitude / degrees)
        var index: UInt64 = 0
        expect(unsafe latLngToCell(&place, CInt(resolution), &index))
        return index
    }

    static func centre(of index: UInt64) -> Coordinate {
        var place = LatLng()
        expect(unsafe cellToLatLng(index, &place))
        return coordinate(place)
    }

    static func boundary(of index: UInt64) -> [Coordinate] {
        var boundary = CellBoundary()
        expect(unsafe cellToBoundary(index, &boundary))
        let count = Int(boundary.numVerts)
        return unsafe withUnsafeBytes(of: &boundary.verts) { bytes in
            unsafe bytes.bindMemory(to: LatLng.self).prefix(count).map(coordinate)
        }
    }

    static func squareMetres(of index: UInt64) -> Double {
        var area = 0.0
        expect(unsafe cellAreaM2(index, &area))
        return area
    }

    static func parent(of index: UInt64, resolution: Int) -> UInt64 {
        var parent: UInt64 = 0
        expect(unsafe cellToParent(index, CInt(resolution), &parent))
        return parent
    }

    static func children(of index: UInt64, resolution: Int) -> [Cell] {
        var count: Int64 = 0
        expect(unsafe cellToChildrenSize(index, CInt(resolution), &count))
        var indices = [UInt64](repeating: 0, count: Int(count))
        expect(unsafe cellToChildren(index, CInt(resolution), &indices))
        return indices.map(Cell.init(known:))
    }

    static func roots() -> [Cell] {
        var indices = [UInt64](repeating: 0, count: Int(res0CellCount()))
        expect(unsafe getRes0Cells(&indices))
        return indices.map(Cell.init(known:))
    }

    /// Rounding may carry a corner a hair past a pole or the antimeridian; it stays where the earth ends.
    private static func coordinate(_ place: LatLng) -> Coordinate {
        let latitude = min(max(place.lat * degrees, -90), 90)
        let longitude = min(max(place.lng * degrees, -180), 180)
        guard let coordinate = Coordinate(latitude: latitude, longitude: longitude) else {
            preconditionFailure("H3 gave a place that is no number")
        }
        return coordinate
    }

    private static func expect(_ code: H3Error) { precondition(code == 0, "H3 refused what was in range: \(code)") }
}
