/// Makes whole, unfragmented frames (RFC 6455, 5.2).
enum FrameEncoder {
    /// - Parameter mask: A key of its own for every frame of a client; nil for a server's.
    static func frame(_ opcode: Opcode, _ payload: [UInt8], isCompressed: Bool = false, mask: UInt32? = nil) -> [UInt8]
    {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(FrameHeader.maximumBytes + payload.count)
        FrameHeader.append(opcode, isCompressed: isCompressed, payloadBytes: payload.count, mask: mask, to: &bytes)
        guard let mask else {
            bytes.append(contentsOf: payload)
            return bytes
        }
        let key = MaskingKey(bits: mask)
        bytes.append(addingCapacity: payload.count) { (span: inout OutputSpan<UInt8>) in
            unsafe span.withUnsafeMutableBufferPointer { buffer, count in
                unsafe payload.withUnsafeBytes { source in
                    guard let from = source.baseAddress, let start = buffer.baseAddress else { return }
                    unsafe key.apply(from, to: UnsafeMutableRawPointer(start + count), count: source.count)
                    count += source.count
                }
            }
        }
        return bytes
    }

    /// The payload of a Close frame; a reason that does not fit 123 bytes is cut between characters.
    static func closePayload(_ code: CloseCode?, reason: String) -> [UInt8] {
        guard let code else { return [] }
        var bytes = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
        for character in reason {
            let encoded = character.utf8
            guard bytes.count + encoded.count <= 125 else { break }
            bytes.append(contentsOf: encoded)
        }
        return bytes
    }
}
