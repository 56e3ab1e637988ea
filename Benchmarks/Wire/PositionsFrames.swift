import Model
import WebSocket
import Wire

/// Makes the `positions` messages of one group in one form.
struct PositionsFrames {
    private let form: PositionsForm
    private var encoder: PackedGroupEncoder
    /// One a member, as if it were a client: what the two forms that the hub does not use are told by.
    private var clients: [PackedClientMessageEncoder]
    private let deflater = FrameDeflater(.stream)

    /// Tag, the group's number of two bytes; and a count, if there are several.
    private static let headBytes = 3
    /// Tag and absent `id` of a client's message, which have no place in a position; a member's number.
    private static let differenceBytes = 1 - 2

    /// As random as a phone's, for a compressor to find nothing in.
    private static let devices = (0..<64).map { number in
        var bits = UInt64(number + 1) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        return DeviceID(UniqueID(high: bits ^ bits >> 27, low: (bits &* 0x94D0_49BB_1331_11EB) ^ bits >> 31))
    }

    init(form: PositionsForm, group: GroupID, members: Int) {
        self.form = form
        encoder = PackedGroupEncoder(group, number: 1000)
        clients = Array(repeating: PackedClientMessageEncoder(), count: members)
    }

    mutating func frame(_ positions: [(Int, Fix)]) -> [UInt8] {
        var bytes: [UInt8] = []
        switch form {
        case .json, .deflated:
            HubMessageEncoder.positions(in: encoder.group, to: &bytes) { list in
                for (number, fix) in positions {
                    list.append(PositionsFrames.devices[number % PositionsFrames.devices.count], fix)
                }
            }
            guard form == .deflated else { break }
            let frame = deflater.deflated(PreparedFrame(text: bytes)).bytes
            bytes = Array(frame[(frame[1] < 126 ? 2 : 4)...])
        case .whole, .previous:
            var size = PositionsFrames.headBytes + (positions.count == 1 ? 0 : 1)
            for (number, fix) in positions {
                var told: [UInt8] = []
                if form == .whole { clients[number].forget() }
                clients[number].encode(ClientEnvelope(.location(fix)), to: &told)
                size += told.count + PositionsFrames.differenceBytes
            }
            bytes = Array(repeating: 0, count: size)
        case .anchors:
            encoder.beginPositions(positions.count, to: &bytes)
            for (number, fix) in positions { _ = encoder.append(fix, of: number, to: &bytes) }
        }
        return bytes
    }
}
