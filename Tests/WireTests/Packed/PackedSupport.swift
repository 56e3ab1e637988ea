import Model
import Testing

@testable import Wire

/// The bytes of a hexadecimal text; blanks are for the eye.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }
    precondition(digits.count.isMultiple(of: 2))
    var bytes: [UInt8] = []
    var index = digits.startIndex
    while index < digits.endIndex {
        let end = digits.index(index, offsetBy: 2)
        bytes.append(UInt8(digits[index..<end], radix: 16) ?? 0)
        index = end
    }
    return bytes
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The same to the last bit, which `==` is not for zeros.
func same(_ left: Fix, _ right: Fix) -> Bool {
    func bits(_ fix: Fix) -> [UInt64?] {
        [fix.latitude, fix.longitude, fix.accuracy, fix.altitude, fix.bearing, fix.speed].map { $0?.bitPattern }
    }
    return left == right && bits(left) == bits(right)
}

extension Fix {
    /// As a JSON client gets it.
    var throughJSON: Fix {
        var bytes: [UInt8] = []
        let position = DevicePosition(device: DeviceID(UniqueID(high: 1, low: 1)), fix: self)
        HubMessageEncoder.positions([position], in: groupID("group"), to: &bytes)
        guard case .positions(_, let positions)? = try? HubMessageDecoder.decode(bytes) else {
            preconditionFailure("JSON that cannot be read")
        }
        return positions[0].fix
    }
}

extension PackedGroupEncoder {
    mutating func positions(_ fixes: [(Int, Fix)]) -> [UInt8] {
        var bytes: [UInt8] = []
        beginPositions(fixes.count, to: &bytes)
        for (member, fix) in fixes { _ = append(fix, of: member, to: &bytes) }
        return bytes
    }

    func restated(_ fixes: [(Int, Fix)]) -> [UInt8] {
        var bytes: [UInt8] = []
        beginPositions(fixes.count, to: &bytes)
        for (member, fix) in fixes { restate(fix, of: member, to: &bytes) }
        return bytes
    }

    func snapshot(_ members: [(Int, GroupMember)], re: Int64? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        beginSnapshot(members.count, re: re, to: &bytes)
        for (number, member) in members { append(member, of: number, to: &bytes) }
        return bytes
    }
}
