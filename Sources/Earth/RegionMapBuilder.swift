package import GeoPackage

/// Puts a ``RegionMap`` together, shape by shape.
package struct RegionMapBuilder {
    /// The map is cut at ±179.9° and at -89.9°, so that shapes there end a little before the earth does. What comes as near as
    /// this to the end, in degrees, is drawn out to it.
    private static let cut = 0.1001

    private var map = RegionMap()
    private var countries: [String: Int32] = [:]
    private var regions: [String: Int32] = [:]

    package init() {}

    /// Adds a shape.
    ///
    /// - Parameters:
    ///   - country: The first one of a code counts.
    ///   - region: Of that country; nothing if the country has none there. The first one of a code counts.
    ///   - polygons: Rings of fewer than three different corners, on the map's grid of 1e-7 degrees, are left out.
    package mutating func add(country: Country, region: Region?, polygons: [Polygon]) {
        let country = index(of: country)
        let region = region.map { index(of: $0) } ?? -1
        for polygon in polygons {
            let first = Int32(map.ringStarts.count - 1)
            for (number, ring) in polygon.rings.enumerated() {
                let isThere = append(ring)
                // Without its outer ring the rest of a polygon means nothing.
                if number == 0, !isThere { break }
            }
            let end = Int32(map.ringStarts.count - 1)
            if end > first { map.parts.append(RegionMap.Part(country: country, region: region, rings: first..<end)) }
        }
    }

    package consuming func build() -> RegionMap { map }

    private mutating func index(of country: Country) -> Int32 {
        if let known = countries[country.code] { return known }
        let index = Int32(map.countries.count)
        map.countries.append(country)
        countries[country.code] = index
        return index
    }

    private mutating func index(of region: Region) -> Int32 {
        if let known = regions[region.code] { return known }
        let index = Int32(map.regions.count)
        map.regions.append(region)
        regions[region.code] = index
        return index
    }

    private mutating func append(_ ring: [Polygon.Point]) -> Bool {
        let start = map.vertices.count
        for point in ring {
            let vertex = RegionMapBuilder.vertex(point)
            if map.vertices.count == start || map.vertices[map.vertices.count - 1] != vertex {
                map.vertices.append(vertex)
            }
        }
        guard map.vertices.count - start >= 4 else {
            map.vertices.removeSubrange(start...)
            return false
        }
        map.ringStarts.append(Int32(map.vertices.count))
        return true
    }

    private static func vertex(_ point: Polygon.Point) -> MapVertex {
        var (latitude, longitude) = (point.latitude, point.longitude)
        if longitude > 180 - cut { longitude = 180 }
        if longitude < cut - 180 { longitude = -180 }
        if latitude < cut - 90 { latitude = -90 }
        return MapVertex(
            latitude: Int32((latitude * MapVertex.stepsPerDegree).rounded()),
            longitude: Int32((longitude * MapVertex.stepsPerDegree).rounded()))
    }
}
