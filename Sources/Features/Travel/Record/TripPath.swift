package import Journeys
internal import Model

/// A trip's path as bytes: for each point the differences to the one before of milliseconds, and of millionths of a degree
/// north and east, each as a zigzag varint (protobuf's `sint64`). A tenth of a metre is lost; most points take 6 bytes.
package enum TripPath {
    package static func encode(_ path: [TrackPoint]) -> [UInt8] {
        var bytes: [UInt8] = []
        var (time, north, east) = (0 as Int64, 0 as Int64, 0 as Int64)
        for point in path {
            let next = (
                point.time.milliseconds, Int64((point.latitude * 1e6).rounded()),
                Int64((point.longitude * 1e6).rounded())
            )
            append(next.0 - time, to: &bytes)
            append(next.1 - north, to: &bytes)
            append(next.2 - east, to: &bytes)
            (time, north, east) = next
        }
        return bytes
    }

    /// - Returns: Nothing if the bytes are none that ``encode(_:)`` gives.
    package static func decode(_ bytes: [UInt8]) -> [TrackPoint]? {
        var path: [TrackPoint] = []
        var rest = bytes[...]
        var (time, north, east) = (0 as Int64, 0 as Int64, 0 as Int64)
        while !rest.isEmpty {
            guard let later = next(&rest), let up = next(&rest), let right = next(&rest) else { return nil }
            (time, north, east) = (time &+ later, north &+ up, east &+ right)
            path.append(
                TrackPoint(
                    time: Timestamp(milliseconds: time), latitude: Double(north) / 1e6, longitude: Double(east) / 1e6))
        }
        return path
    }

    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func next(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        var (value, shift) = (0 as UInt64, 0 as UInt64)
        while let byte = bytes.popFirst() {
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }
}
