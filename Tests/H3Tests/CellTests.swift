import H3
import Model
import Testing

@Suite struct `What is a cell` {
    /// San Francisco at resolution 9.
    private static let index: UInt64 = 0x0892_8308_2803_FFFF

    @Test(
        arguments: [
            (0, "nothing"), (UInt64.max, "all ones"), (index | 1 << 63, "the highest bit"),
            (index & ~(0xF << 59), "mode 0"), (index & ~(0xF << 59) | 2 << 59, "an edge"),
            (index & ~(0xF << 59) | 4 << 59, "a vertex"), (index | 1 << 56, "a reserved bit"),
            (index & ~(0x7F << 45) | 122 << 45, "base cell 122"), (index & ~(0xF << 52) | 10 << 52, "a digit too few"),
            (index & ~(0xF << 52) | 8 << 52, "a digit after the end"), (index & ~7, "a zero after the end"),
            (index | 7 << 18, "no digit in the middle"),
            // Base cell 4 is a pentagon, which has nothing in direction 1.
            (0x0810_87FF_FFFF_FFFF, "the deleted child of a pentagon"),
        ] as [(UInt64, String)])
    func `64 bits that are no cell are refused`(index: UInt64, _ why: String) {
        #expect(throws: CellError.invalid) { try Cell(index: index) }
        #expect(Cell(String(index, radix: 16)) == nil)
    }

    @Test func `bits that are a cell are taken`() throws {
        let cell = try Cell(index: `What is a cell`.index)
        #expect(cell.index == `What is a cell`.index)
        #expect(cell.resolution.rawValue == 9)
        #expect(try Cell(index: 0x0800_9FFF_FFFF_FFFF).isPentagon)
    }

    @Test(arguments: ["89283082803ffff", "089283082803ffff", "89283082803FFFF", "089283082803FfFf"])
    func `text has 15 digits, or a zero more, in either case`(text: String) throws {
        #expect(Cell(text)?.index == `What is a cell`.index)
        #expect(Cell(text)?.description == "89283082803ffff")
    }

    @Test(
        arguments: [
            "", "8", "89283082803fff", "0089283082803ffff", "189283082803ffff", "089283082803fffff",
            "0x89283082803ffff",
            "0x9283082803ffff", "+89283082803ffff", "-9283082803ffff", " 89283082803ffff", "89283082803ffff ",
            "89283082803fffg", "8928308280_ffff", "８９283082803ffff", "89283082803fff\u{0}", "115283473ffffff",
            "fffffffffffffff",
        ])
    func `other text is refused`(text: String) { #expect(Cell(text) == nil) }

    @Test func `of a hundred thousand numbers with a cell's header, those that are taken are written as they came`()
        throws
    {
        var numbers = SystemRandomNumberGenerator()
        var taken = 0
        for _ in 0..<100_000 {
            let index = UInt64.random(in: 0x0800_0000_0000_0000...0x08FF_FFFF_FFFF_FFFF, using: &numbers)
            guard let cell = Cell(String(index, radix: 16)) else { continue }
            taken += 1
            #expect(cell.index == index)
        }
        #expect(taken < 100_000)
    }
}

@Suite struct `How cells lie` {
    private static let places: [Coordinate] = {
        var numbers = SplitMix(state: 6)
        return (0..<2_000).compactMap { number in
            // Every tenth near a pole or the antimeridian.
            let latitude = number % 10 == 0 ? 89.9 + numbers.unit() / 10 : numbers.unit() * 180 - 90
            let longitude = number % 10 == 1 ? 180 - numbers.unit() / 1000 : numbers.unit() * 360 - 180
            return Coordinate(latitude: number % 20 == 0 ? -latitude : latitude, longitude: longitude)
        }
    }()

    @Test func `a centre is in its cell, and the parent of the cell of a centre is the cell`() throws {
        for (number, place) in `How cells lie`.places.enumerated() {
            let resolution = try #require(Resolution(number % 15))
            let cell = Cell(at: place, resolution: resolution)
            #expect(Cell(at: cell.centre, resolution: resolution) == cell)
            let finer = Cell(at: cell.centre, resolution: try #require(Resolution(resolution.rawValue + 1)))
            #expect(try finer.parent(at: resolution) == cell)
            #expect(try cell.parent(at: resolution) == cell)
        }
    }

    @Test func `children have the parent and as many as there should be`() throws {
        for place in `How cells lie`.places.prefix(200) {
            let cell = Cell(at: place, resolution: .city)
            let children = try cell.children(at: .neighbourhood)
            #expect(children.count == (cell.isPentagon ? 41 : 49))
            #expect(try children.allSatisfy { try $0.parent(at: .city) == cell })
            #expect(Set(children).count == children.count)
        }
    }

    @Test func `the roots' children are all cells there are`() throws {
        #expect(Cell.roots.count == 122)
        #expect(Cell.roots.filter(\.isPentagon).count == 12)
        let three = try #require(Resolution(3))
        #expect(try Cell.roots.reduce(0) { try $0 + $1.children(at: three).count } == three.cellCount)
        #expect(three.cellCount == 41_162)
        #expect(Resolution.city.cellCount == 14_117_882)
        #expect(Resolution.neighbourhood.cellCount == 691_776_122)
    }

    @Test func `the roots cover the earth once`() {
        let area = Cell.roots.reduce(0) { $0 + $1.squareMetres }
        let radius = 6_371_007.180918475
        #expect(abs(area / (4 * .pi * radius * radius) - 1) < 1e-9)
    }

    @Test func `a pole is one place whatever its longitude, and so is the antimeridian`() throws {
        for latitude in [90.0, -90] {
            let cells = try Set(
                stride(from: -180.0, through: 180, by: 7.5).map {
                    Cell(at: try #require(Coordinate(latitude: latitude, longitude: $0)), resolution: .neighbourhood)
                })
            #expect(cells.count == 1)
        }
        for latitude in stride(from: -89.5, through: 89.5, by: 1) {
            let east = try #require(Coordinate(latitude: latitude, longitude: 180))
            let west = try #require(Coordinate(latitude: latitude, longitude: -180))
            #expect(Cell(at: east, resolution: .neighbourhood) == Cell(at: west, resolution: .neighbourhood))
        }
    }

    @Test func `a parent is not finer, and children are not coarser nor too many`() throws {
        let place = try #require(Coordinate(latitude: 48.1486, longitude: 17.1077))
        let cell = Cell(at: place, resolution: .city)
        #expect(throws: CellError.resolution) { try cell.parent(at: .neighbourhood) }
        #expect(throws: CellError.resolution) { try cell.children(at: #require(Resolution(5))) }
        #expect(throws: CellError.resolution) { try cell.children(at: #require(Resolution(15))) }
        #expect(try cell.children(at: .city) == [cell])
    }

    @Test(arguments: [-1, 16, .min, .max])
    func `there is no other resolution`(value: Int) { #expect(Resolution(value) == nil) }

    @Test(
        arguments: [
            (90.000001, 0), (-91, 0), (0, 180.000001), (0, -181), (.nan, 0), (0, .nan), (.infinity, 0), (0, -.infinity),
        ] as [(Double, Double)])
    func `there is no other place`(latitude: Double, longitude: Double) {
        #expect(Coordinate(latitude: latitude, longitude: longitude) == nil)
    }
}

/// The same numbers every time.
private struct SplitMix {
    var state: UInt64

    /// 0 ..< 1.
    mutating func unit() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ mixed >> 31) >> 11) / Double(1 << 53)
    }
}
