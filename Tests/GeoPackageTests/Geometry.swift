import GeoPackage

/// Writes geometries as a GeoPackage keeps them.
struct Geometry {
    var isLittle = true
    var flags: UInt8 = 1
    var envelope: [UInt8] = []
    var kind: UInt32 = 6
    var polygons: [[[(Double, Double)]]] = [[square(0, 0, 1)]]

    /// A ring around a square, by its south-west corner.
    static func square(_ longitude: Double, _ latitude: Double, _ size: Double) -> [(Double, Double)] {
        [
            (longitude, latitude), (longitude + size, latitude), (longitude + size, latitude + size),
            (longitude, latitude + size), (longitude, latitude),
        ]
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = [0x47, 0x50, 0, flags, 0xE6, 0x10, 0, 0] + envelope
        if kind == 6 {
            append(head: 6, to: &bytes)
            append(UInt32(polygons.count), to: &bytes)
            for polygon in polygons {
                append(head: 3, to: &bytes)
                append(polygon, to: &bytes)
            }
        } else {
            append(head: kind, to: &bytes)
            append(polygons[0], to: &bytes)
        }
        return bytes
    }

    private func append(_ polygon: [[(Double, Double)]], to bytes: inout [UInt8]) {
        append(UInt32(polygon.count), to: &bytes)
        for ring in polygon {
            append(UInt32(ring.count), to: &bytes)
            for (longitude, latitude) in ring {
                append(longitude.bitPattern, to: &bytes)
                append(latitude.bitPattern, to: &bytes)
            }
        }
    }

    private func append(head: UInt32, to bytes: inout [UInt8]) {
        bytes.append(isLittle ? 1 : 0)
        append(head, to: &bytes)
    }

    private func append(_ integer: some FixedWidthInteger, to bytes: inout [UInt8]) {
        let size = integer.bitWidth / 8
        for place in 0..<size {
            let shift = 8 * (isLittle ? place : size - 1 - place)
            bytes.append(UInt8(truncatingIfNeeded: integer >> shift))
        }
    }
}
