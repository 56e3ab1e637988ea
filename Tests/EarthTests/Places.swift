import Earth
import GeoPackage
import Model
import Testing

/// Short forms for maps and places in tests.
func place(_ latitude: Double, _ longitude: Double) throws -> Coordinate {
    try #require(Coordinate(latitude: latitude, longitude: longitude))
}

/// A ring by its corners, longitude first, that closes itself.
func ring(_ corners: (Double, Double)...) -> [Polygon.Point] {
    (corners + [corners[0]]).map { Polygon.Point(longitude: $0.0, latitude: $0.1) }
}

func box(_ west: Double, _ south: Double, _ east: Double, _ north: Double) -> [Polygon.Point] {
    ring((west, south), (east, south), (east, north), (west, north))
}

extension RegionMapBuilder {
    mutating func add(_ code: String, _ rings: [[Polygon.Point]]...) {
        let country = Country(code: String(code.prefix(2)), name: "Country \(code.prefix(2))")
        let region =
            code.count > 2 ? Region(code: code, country: country.code, name: "Region \(code)", parent: nil) : nil
        add(country: country, region: region, polygons: rings.map { Polygon(rings: $0) })
    }
}

extension RegionIndex {
    /// The region's code, or the country's where it has none; and how far away it is, in whole metres, if it is.
    func code(_ latitude: Double, _ longitude: Double) throws -> String? {
        guard let found = locate(try place(latitude, longitude)) else { return nil }
        let code = found.region?.code ?? found.country.code
        return found.isInside ? code : "\(code) \(Int(found.metresAway.rounded()))"
    }
}
