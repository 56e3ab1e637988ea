/// The bytes before a frame's payload (RFC 6455, 5.2).
enum FrameHeader {
    /// The longest one: two bytes, a 64-bit length and a masking key.
    static let maximumBytes = 14

    /// How many bytes a header has, by its second byte.
    static func byteCount(second: UInt8) -> Int {
        let length =
            switch second & 0x7F {
            case 126: 4
            case 127: 10
            default: 2
            }
        return second & 0x80 == 0 ? length : length + 4
    }

    /// Appends the header of an unfragmented frame.
    ///
    /// - Parameter mask: The key, its first byte lowest; nil for a server's frame.
    static func append(
        _ opcode: Opcode, isCompressed: Bool = false, payloadBytes: Int, mask: UInt32? = nil, to bytes: inout [UInt8]
    ) {
        bytes.append(0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue)
        let masked: UInt8 = mask == nil ? 0 : 0x80
        if payloadBytes < 126 {
            bytes.append(masked | UInt8(payloadBytes))
        } else if payloadBytes <= 0xFFFF {
            bytes.append(masked | 126)
            bytes.append(UInt8(payloadBytes >> 8))
            bytes.append(UInt8(payloadBytes & 0xFF))
        } else {
            bytes.append(masked | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: payloadBytes >> shift))
            }
        }
        if let mask {
            for shift in stride(from: 0 as UInt32, through: 24, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: mask >> shift))
            }
        }
    }
}
