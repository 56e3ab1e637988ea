extension JSONReader {
    /// Checks that the whole text is UTF-8 (RFC 3629); for bodies of requests, because WebSocket text is checked already.
    package func checkUTF8() throws(JSONError) {
        var index = 0
        while index < count {
            if index + 8 <= count,
                unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
                continue
            }
            let length = sequenceLength(at: index)
            guard length > 0 else { throw JSONError(.invalidUTF8, at: index) }
            index += length
        }
    }

    /// How many bytes the well-formed sequence that begins there has; 0 if none does.
    private func sequenceLength(at index: Int) -> Int {
        let first = byte(at: index)
        let second = byte(at: index + 1)
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: return isContinuation(second) ? 2 : 0
        case 0xE0...0xEF:
            let allowed: ClosedRange<UInt8> =
                switch first {
                case 0xE0: 0xA0...0xBF
                case 0xED: 0x80...0x9F
                default: 0x80...0xBF
                }
            return allowed.contains(second) && isContinuation(byte(at: index + 2)) ? 3 : 0
        case 0xF0...0xF4:
            let allowed: ClosedRange<UInt8> =
                switch first {
                case 0xF0: 0x90...0xBF
                case 0xF4: 0x80...0x8F
                default: 0x80...0xBF
                }
            return allowed.contains(second) && isContinuation(byte(at: index + 2))
                && isContinuation(byte(at: index + 3)) ? 4 : 0
        default: return 0
        }
    }

    private func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
