import Earth
import GeoPackage
import Model
import Testing

@Suite struct `Where a place is` {
    /// Two countries side by side, with a lake, an enclave in the second, a country on both sides of the antimeridian, and one
    /// around the south pole.
    private static let index: RegionIndex = {
        var builder = RegionMapBuilder()
        builder.add("AA-1", [box(10, 0, 12, 4), box(10.5, 1, 11.5, 2)])
        builder.add("BB-1", [box(12, 0, 16, 4)])
        builder.add("CC", [box(13, 1, 13.2, 1.2)])
        builder.add("DD-E", [box(178, 50, 179.9, 52)])
        builder.add("DD-W", [box(-179.9, 50, -178, 52)])
        builder.add("AQ", [ring((-179.9, -89.9), (179.9, -89.9), (179.9, -70), (0, -75), (-179.9, -70))])
        return RegionIndex(builder.build())
    }()

    private func code(_ latitude: Double, _ longitude: Double) throws -> String? {
        try `Where a place is`.index.code(latitude, longitude)
    }

    @Test func `is told by country and region`() throws {
        let found = try #require(`Where a place is`.index.locate(place(3, 11)))
        #expect(found.country == Country(code: "AA", name: "Country AA"))
        #expect(found.region?.name == "Region AA-1")
        #expect(try code(3, 15) == "BB-1")
        #expect(try code(-80, 77) == "AQ")
    }

    @Test func `is the smallest part that has it`() throws {
        #expect(try code(1.1, 13.1) == "CC")
        #expect(try code(1.3, 13.1) == "BB-1")
    }

    @Test func `is nowhere at sea and in the middle of a lake, and the nearest shore within ten kilometres`() throws {
        #expect(try code(1.5, 11) == nil)
        #expect(try code(1.05, 11) == "AA-1 5560")
        #expect(try code(4.08, 11) == "AA-1 8896")
        #expect(try code(4.09, 11) == nil)
        #expect(try code(-10, -10) == nil)
        // On the far side of the square of a degree.
        #expect(try code(2, 9.9999) == "AA-1 11")
        // Off a corner, both ways.
        #expect(try code(-0.03, 16.04) == "BB-1 5560")
    }

    @Test func `is one side of a border, however near`() throws {
        for latitude in stride(from: 0.05, through: 3.95, by: 0.1) {
            #expect(try code(latitude, 12 + 1e-12) == "BB-1")
            #expect(try code(latitude, 12 - 1e-12) == "AA-1")
            #expect(try code(latitude, 12) == "BB-1")
            #expect(try code(latitude, 12.0.nextUp) == "BB-1")
            #expect(try code(latitude, 12.0.nextDown) == "AA-1")
        }
        // Every corner and side of a box is in it or beside it, by no distance to speak of.
        for (latitude, longitude) in [(0, 10), (0, 11), (0, 12), (4, 10), (4, 12), (4, 16), (2, 16), (0, 16)] {
            let found = try #require(`Where a place is`.index.locate(place(Double(latitude), Double(longitude))))
            #expect(found.metresAway < 0.01)
        }
    }

    @Test(arguments: [179.9, 179.95, 179.999999, 180, -180, -179.999999, -179.95, -179.9])
    func `is on land right up to the antimeridian, where the map is cut`(longitude: Double) throws {
        #expect(try code(51, longitude) == (longitude > 0 && longitude < 180 ? "DD-E" : "DD-W"))
    }

    @Test func `is found across the antimeridian`() throws {
        var builder = RegionMapBuilder()
        builder.add("EE", [box(179, -17, 179.95, -16)])
        let index = RegionIndex(builder.build())
        #expect(try index.code(-16.5, -179.95) == "EE 5331")
        #expect(try index.code(-16.5, -179.9) == nil)
    }

    @Test func `is at the poles what is around them, whatever the longitude`() throws {
        for longitude in stride(from: -180.0, through: 180, by: 22.5) {
            #expect(try code(-90, longitude) == "AQ")
            #expect(try code(-89.95, longitude) == "AQ")
            #expect(try code(90, longitude) == nil)
            #expect(try code(89.9999, longitude) == nil)
        }
    }

    @Test func `is nowhere on an empty map`() throws {
        let index = RegionIndex(RegionMapBuilder().build())
        #expect(try index.code(0, 0) == nil)
    }

    @Test func `is one region, everywhere on a border with bends that neighbours share`() throws {
        // A zigzag between two countries; points on its very edges, and beside them.
        var zigzag: [(Double, Double)] = []
        var numbers = SplitMix(state: 9)
        for step in 0...100 { zigzag.append((20 + numbers.unit() / 3, Double(step) / 10)) }
        let border = zigzag.map { Polygon.Point(longitude: $0.0, latitude: $0.1) }
        let left = [Polygon.Point(longitude: 15, latitude: 10), Polygon.Point(longitude: 15, latitude: 0), border[0]]
        let right = [Polygon.Point(longitude: 25, latitude: 10), Polygon.Point(longitude: 25, latitude: 0), border[0]]
        var builder = RegionMapBuilder()
        builder.add("LL", [border + left])
        builder.add("RR", [border + right])
        let index = RegionIndex(builder.build())
        for (start, end) in zip(border, border.dropFirst()) {
            for _ in 0..<20 {
                let share = numbers.unit()
                let latitude = start.latitude + share * (end.latitude - start.latitude)
                let longitude = start.longitude + share * (end.longitude - start.longitude)
                for offset in [-1e-3, -1e-12, 0, 1e-12, 1e-3] {
                    let code = try #require(try index.code(min(latitude, 9.9999999), longitude + offset))
                    #expect(code == "LL" || code == "RR")
                }
            }
        }
    }

    @Test func `is the same as counting edges one by one says`() throws {
        // A star of many corners, which has many strips.
        var numbers = SplitMix(state: 4)
        let corners = (0..<500).map { number in
            let angle = Double(number) / 500 * 2 * .pi
            let radius = 1 + numbers.unit() * 3
            return Polygon.Point(longitude: 40 + radius * cosine(angle), latitude: 30 + radius * sine(angle))
        }
        var builder = RegionMapBuilder()
        builder.add("ST", [corners + [corners[0]]])
        let index = RegionIndex(builder.build())
        var inside = 0
        for _ in 0..<5_000 {
            let spot = try place(26 + numbers.unit() * 8, 36 + numbers.unit() * 8)
            var isInside = false
            for (start, end) in zip(corners, corners.dropFirst() + [corners[0]])
            where (start.latitude > spot.latitude) != (end.latitude > spot.latitude) {
                let rise = (spot.latitude - start.latitude) / (end.latitude - start.latitude)
                if start.longitude + rise * (end.longitude - start.longitude) < spot.longitude { isInside.toggle() }
            }
            inside += isInside ? 1 : 0
            let found = index.locate(spot)
            // The map rounds to a centimetre.
            if isInside { #expect(found != nil && found?.metresAway ?? 9 < 0.02) }
            #expect(found?.isInside ?? false == isInside)
        }
        #expect(inside > 500)
    }
}
