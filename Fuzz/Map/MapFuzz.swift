import Earth
import GeoPackage
import Model

/// The first byte says what the rest is: a geometry of a GeoPackage, or a map in the hub's compact form.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let kind = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    if kind & 1 == 0 {
        checkGeometry(rest)
    } else if let map = try? RegionMap(rest) {
        precondition((try? RegionMap(map.bytes)) == map, "a map changed by being written")
        ask(RegionIndex(map))
    }
    return 0
}

/// What was read is on earth, closed, and can be put on a map.
private func checkGeometry(_ bytes: [UInt8]) {
    guard let polygons = try? GeometryReader.polygons(bytes) else { return }
    var points = 0
    for ring in polygons.flatMap(\.rings) {
        precondition(ring.count >= 4 && ring.first == ring.last, "a ring is open")
        precondition(
            ring.allSatisfy { (-180...180).contains($0.longitude) && (-90...90).contains($0.latitude) }, "off the earth"
        )
        points += ring.count
    }
    precondition(points * 16 <= bytes.count, "more was read than there was")
    var builder = RegionMapBuilder()
    builder.add(country: Country(code: "AA", name: "A"), region: nil, polygons: polygons)
    let map = builder.build()
    precondition((try? RegionMap(map.bytes)) == map, "a map changed by being written")
    ask(RegionIndex(map))
}

private func ask(_ index: RegionIndex) {
    for latitude in [-90.0, -89.99, -45.5, 0, 0.5, 45, 89.99, 90] {
        for longitude in [-180.0, -179.99, -90, 0, 0.5, 10, 179.99, 180] {
            guard let place = Coordinate(latitude: latitude, longitude: longitude) else { continue }
            if let found = index.locate(place) {
                precondition((0...RegionIndex.reach).contains(found.metresAway), "further than it reaches")
            }
        }
    }
}
