/// Reads a geometry as a GeoPackage keeps it: a header (OGC 12-128r19, 2.1.3), then well-known binary (OGC 06-103r4, 8.2).
///
/// Takes polygons and multi-polygons of two dimensions, in either byte order. Reserves memory only for what is there: a count is
/// believed if that many of the smallest things it counts fit into what is left.
package struct GeometryReader {
    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Throws: ``GeometryFault``; no input traps.
    package static func polygons(_ bytes: [UInt8]) throws(GeometryFault) -> [Polygon] {
        var reader = GeometryReader(bytes)
        guard try reader.skipHeader() else { return [] }
        let polygons = try reader.geometry()
        guard reader.position == bytes.count else { throw .trailing }
        return polygons
    }

    /// `GP`, version 0, flags, the reference system, and a box around it all, which is not needed.
    ///
    /// - Returns: Whether the geometry is anything but empty.
    private mutating func skipHeader() throws(GeometryFault) -> Bool {
        guard bytes.count >= 8 else { throw .truncated }
        let flags = bytes[3]
        guard bytes[0] == 0x47, bytes[1] == 0x50, bytes[2] == 0, flags & 0b1110_0000 == 0 else { throw .header }
        let envelopes = [0, 32, 48, 48, 64]
        let kind = Int(flags >> 1 & 7)
        guard kind < envelopes.count else { throw .header }
        position = 8 + envelopes[kind]
        guard position <= bytes.count else { throw .truncated }
        return flags & 0b1_0000 == 0
    }

    private mutating func geometry() throws(GeometryFault) -> [Polygon] {
        let isLittle = try byteOrder()
        switch try word(isLittle) {
        case 3: return [try polygon(isLittle)]
        case 6:
            // The smallest polygon: byte order, kind, and no rings.
            let count = try self.count(isLittle, ofAtLeast: 9)
            var polygons: [Polygon] = []
            polygons.reserveCapacity(count)
            for _ in 0..<count {
                let isLittle = try byteOrder()
                guard try word(isLittle) == 3 else { throw .kind }
                polygons.append(try polygon(isLittle))
            }
            return polygons
        default: throw .kind
        }
    }

    private mutating func polygon(_ isLittle: Bool) throws(GeometryFault) -> Polygon {
        let count = try self.count(isLittle, ofAtLeast: 4)
        var rings: [[Polygon.Point]] = []
        rings.reserveCapacity(count)
        for _ in 0..<count { rings.append(try ring(isLittle)) }
        return Polygon(rings: rings)
    }

    private mutating func ring(_ isLittle: Bool) throws(GeometryFault) -> [Polygon.Point] {
        let count = try self.count(isLittle, ofAtLeast: 16)
        guard count >= 4 else { throw .ring }
        var points: [Polygon.Point] = []
        points.reserveCapacity(count)
        for _ in 0..<count {
            let longitude = Double(bitPattern: try integer(8, isLittle))
            let latitude = Double(bitPattern: try integer(8, isLittle))
            guard (-180...180).contains(longitude), (-90...90).contains(latitude) else { throw .coordinate }
            points.append(Polygon.Point(longitude: longitude, latitude: latitude))
        }
        guard points.first == points.last else { throw .ring }
        return points
    }

    private mutating func byteOrder() throws(GeometryFault) -> Bool {
        switch try integer(1, true) {
        case 0: false
        case 1: true
        default: throw .kind
        }
    }

    private mutating func count(_ isLittle: Bool, ofAtLeast size: Int) throws(GeometryFault) -> Int {
        let count = Int(try word(isLittle))
        guard count <= (bytes.count - position) / size else { throw .truncated }
        return count
    }

    private mutating func word(_ isLittle: Bool) throws(GeometryFault) -> UInt32 {
        UInt32(truncatingIfNeeded: try integer(4, isLittle))
    }

    private mutating func integer(_ size: Int, _ isLittle: Bool) throws(GeometryFault) -> UInt64 {
        guard bytes.count - position >= size else { throw .truncated }
        var value: UInt64 = 0
        for offset in 0..<size {
            value = value << 8 | UInt64(bytes[position + (isLittle ? size - 1 - offset : offset)])
        }
        position += size
        return value
    }
}
