import GeoPackage
import Testing

@Suite struct `Shapes out of a GeoPackage` {
    private func fault(_ geometry: Geometry) -> GeometryFault? { fault(geometry.bytes) }

    private func fault(_ bytes: [UInt8]) -> GeometryFault? {
        do throws(GeometryFault) {
            _ = try GeometryReader.polygons(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [true, false], [UInt8(1), 3, 5, 9])
    func `are read in either byte order, behind any box`(isLittle: Bool, flags: UInt8) throws {
        var geometry = Geometry(isLittle: isLittle, flags: flags)
        geometry.envelope = [UInt8](repeating: 7, count: [0, 32, 48, 48, 64][Int(flags >> 1)])
        geometry.polygons = [
            [Geometry.square(10, 20, 4), Geometry.square(11, 21, 1)], [Geometry.square(-180, -90, 2)],
        ]
        let polygons = try GeometryReader.polygons(geometry.bytes)
        #expect(polygons.map(\.rings.count) == [2, 1])
        #expect(polygons[0].rings[1][2] == Polygon.Point(longitude: 12, latitude: 22))
        #expect(polygons[1].rings[0][0] == Polygon.Point(longitude: -180, latitude: -90))
        geometry.kind = 3
        #expect(try GeometryReader.polygons(geometry.bytes) == [polygons[0]])
    }

    @Test func `are nothing if it says that they are empty`() throws {
        #expect(try GeometryReader.polygons([0x47, 0x50, 0, 0x11, 0, 0, 0, 0]) == [])
    }

    @Test func `are refused wherever they are cut off, and with anything after the end`() {
        let bytes = Geometry().bytes
        for count in bytes.indices { #expect(fault(Array(bytes.prefix(count))) == .truncated) }
        #expect(fault(bytes + [0]) == .trailing)
    }

    @Test(arguments: [(0, 0x50), (1, 0x51), (2, 1), (3, 0x0B), (3, 0x21)] as [(Int, UInt8)])
    func `are refused behind another header`(offset: Int, byte: UInt8) {
        var bytes = Geometry().bytes
        bytes[offset] = byte
        #expect(fault(bytes) == .header)
    }

    @Test(arguments: [1, 2, 4, 5, 7, 1003, 2003, 3003, 0x8000_0003, 0x2000_0003] as [UInt32])
    func `are refused if they are no polygons, or have heights`(kind: UInt32) {
        #expect(fault(Geometry(kind: kind)) == .kind)
    }

    @Test func `are refused with another thing among the polygons`() {
        var bytes = Geometry().bytes
        bytes[18] = 2
        #expect(fault(bytes) == .kind)
        bytes[18] = 3
        bytes[17] = 2
        #expect(fault(bytes) == .kind)
    }

    @Test(arguments: [8 + 5, 8 + 9 + 5, 8 + 9 + 9])
    func `take no memory for what a count claims`(offset: Int) {
        var bytes = Geometry().bytes
        for place in 0..<4 { bytes[offset + place] = 0xFF }
        #expect(fault(bytes) == .truncated)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 180.0001, -181, 1e300])
    func `are refused off the earth`(longitude: Double) {
        var geometry = Geometry()
        geometry.polygons[0][0][1].0 = longitude
        #expect(fault(geometry) == .coordinate)
        geometry = Geometry()
        geometry.polygons[0][0][1].1 = longitude / 2
        #expect(fault(geometry) == .coordinate)
    }

    @Test func `are refused with a ring that is open or has no inside`() {
        var geometry = Geometry()
        geometry.polygons[0][0][4].0 = 0.5
        #expect(fault(geometry) == .ring)
        geometry.polygons = [[[(0, 0), (1, 1), (0, 0)]]]
        #expect(fault(geometry) == .ring)
        geometry.polygons = [[[]]]
        #expect(fault(geometry) == .ring)
    }
}
