import Earth
import GeoPackage
import Model
import Testing

@Suite struct `A map in bytes` {
    private static let map: RegionMap = {
        var builder = RegionMapBuilder()
        builder.add("AA-1", [box(10, 0, 12, 4), box(10.5, 1, 11.5, 2)], [box(20, 0, 21, 1)])
        builder.add("BB", [box(12, 0, 16, 4)])
        builder.add(
            country: Country(code: "RE", name: "Réunion"),
            region: Region(code: "FR-974", country: "RE", name: "La Réunion", parent: "FR-X"),
            polygons: [Polygon(rings: [box(55, -22, 56, -21)])])
        return builder.build()
    }()

    @Test func `is the same map when it is read`() throws {
        let map = `A map in bytes`.map
        let read = try RegionMap(map.bytes)
        #expect(read == map)
        #expect(read.regions.last == Region(code: "FR-974", country: "RE", name: "La Réunion", parent: "FR-X"))
        #expect(read.countries.map(\.code) == ["AA", "BB", "RE"])
        #expect(try RegionMap(RegionMapBuilder().build().bytes) == RegionMapBuilder().build())
    }

    @Test func `is refused wherever it is cut off, and with more after its end`() {
        let bytes = `A map in bytes`.map.bytes
        for count in bytes.indices {
            let expected: RegionMapError = count < 12 ? .otherFormat : .damaged
            #expect(throws: expected) { try RegionMap(Array(bytes.prefix(count))) }
        }
        #expect(throws: RegionMapError.damaged) { try RegionMap(bytes + [0]) }
    }

    @Test func `of another version or kind is refused`() {
        var bytes = `A map in bytes`.map.bytes
        bytes[8] = 2
        #expect(throws: RegionMapError.otherFormat) { try RegionMap(bytes) }
        #expect(throws: RegionMapError.otherFormat) { try RegionMap(Array("SQLite format 3\0".utf8)) }
    }

    @Test func `with any byte changed is refused, or is a map that can be asked`() throws {
        let bytes = `A map in bytes`.map.bytes
        var refused = 0
        for offset in bytes.indices {
            for change in [UInt8(0xFF), 0x80, 0x01] {
                var changed = bytes
                changed[offset] ^= change
                guard let map = try? RegionMap(changed) else {
                    refused += 1
                    continue
                }
                let index = RegionIndex(map)
                for longitude in [-180.0, 9.95, 11, 13, 55.5, 180] {
                    for latitude in [-90.0, -21.5, 0, 3, 90] { _ = index.locate(try place(latitude, longitude)) }
                }
            }
        }
        #expect(refused > bytes.count / 4)
    }

    @Test func `leaves out what has no inside`() throws {
        var builder = RegionMapBuilder()
        builder.add("AA", [ring((1, 1), (1.00000001, 1), (1, 1.00000001))])
        builder.add(
            "BB", [box(1, 1, 1.00000001, 3), box(5, 5, 6, 6)],
            [box(7, 7, 8, 8), ring((7.5, 7.5), (7.5, 7.5), (7.5, 7.5))])
        let map = builder.build()
        #expect(map.parts.count == 1)
        #expect(try RegionMap(map.bytes) == map)
        #expect(try RegionIndex(map).code(7.5, 7.5) == "BB")
    }
}

@Suite struct `How many cells a region has` {
    @Test func `is counted at resolution 6 and reckoned from the area at resolution 8`() throws {
        var builder = RegionMapBuilder()
        builder.add("AA-1", [box(10, 40, 14, 43)])
        builder.add("AA-2", [box(14, 40, 15, 43)])
        // 2 km²: no cell of resolution 6 has its centre there.
        builder.add("BB", [box(20, 10, 20.0128, 10.0128)])
        let index = RegionIndex(builder.build())
        let counts = CellCounts(of: index)
        // 4° by 3° at 41.5° north are 111.195² · 12 · cos 41.5° = 111,100 km²; a cell there has 38.5 km².
        #expect(abs(counts.regions[0].squareKilometres - 111_120) < 50)
        #expect((2_600...3_200).contains(counts.regions[0].city))
        let reckoned = Double(counts.regions[0].neighbourhood) / Double(counts.regions[0].city)
        #expect(abs(reckoned - 49) < 0.5)
        #expect(counts.countries[0].city == counts.regions[0].city + counts.regions[1].city)
        #expect(counts.countries[1].city == 1)
        #expect((2...3).contains(counts.countries[1].neighbourhood))
    }

    @Test func `is right over the antimeridian and at a pole`() throws {
        var builder = RegionMapBuilder()
        builder.add("DD-E", [box(176, 50, 179.9, 52)])
        builder.add("DD-W", [box(-179.9, 50, -176, 52)])
        builder.add("AQ", [box(-179.9, -89.9, 179.9, -85)])
        let counts = CellCounts(of: RegionIndex(builder.build()))
        let ratio = Double(counts.regions[0].city) / Double(counts.regions[1].city)
        #expect(abs(ratio - 1) < 0.1)
        // The cap south of 85°: 2πR²(1 − sin 85°) = 970,500 km².
        let antarctica = counts.countries[1]
        #expect(abs(antarctica.squareKilometres - 970_500) < 1_000)
        #expect(abs(Double(antarctica.neighbourhood) / Double(antarctica.city) - 49) < 0.5)
    }
}
