import Model
import Wire

/// Makes the `positions` messages of one group in one form.
struct PositionsFrames {
    private let form: PositionsForm
    private var encoder: PackedGroupEncoder
    /// One a member, as if it were a client: what the two forms that the hub does not use are told by.
    private var clients: [PackedClientMessageEncoder]

    /// Tag, the group's number of two bytes; and a count, if there are several.
    private static let headBytes = 3
    /// Tag and absent `id` of a client's message, which have no place in a position; a member's number.
    private static let differenceBytes = 1 - 2

    init(form: PositionsForm, group: GroupID, members: Int) {
        self.form = form
        encoder = PackedGroupEncoder(group, number: 1000)
        clients = Array(repeating: PackedClientMessageEncoder(), count: members)
    }

    mutating func frame(_ positions: [(Int, Fix)]) -> [UInt8] {
        var bytes: [UInt8] = []
        switch form {
        case .json:
            HubMessageEncoder.positions(in: encoder.group, to: &bytes) { list in
                for (number, fix) in positions {
                    list.append(DeviceID(UniqueID(high: 0x0190_c3a4_1111_7222, low: UInt64(number))), fix)
                }
            }
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
