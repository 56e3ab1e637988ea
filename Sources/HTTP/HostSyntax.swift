/// `uri-host [ ":" port ]` of RFC 9110, section 7.2.
enum HostSyntax {
    static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return false }
        var index = range.lowerBound
        if bytes[index] == UInt8(ascii: "[") {
            index += 1
            let start = index
            while index < range.upperBound, isAddressByte(bytes[index]) { index += 1 }
            guard index < range.upperBound, bytes[index] == UInt8(ascii: "]"), index - start >= 2 else { return false }
            index += 1
        } else {
            while index < range.upperBound, bytes[index] != UInt8(ascii: ":") {
                if bytes[index] == .percent {
                    guard index + 2 < range.upperBound, bytes[index + 1].hexadecimalValue != nil,
                        bytes[index + 2].hexadecimalValue != nil
                    else { return false }
                    index += 3
                } else {
                    guard ByteSet.host.contains(bytes[index]) else { return false }
                    index += 1
                }
            }
            guard index > range.lowerBound else { return false }
        }
        return index == range.upperBound || isPort(bytes, index..<range.upperBound)
    }

    /// Of an IPv6 address, an embedded IPv4 address included.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte.hexadecimalValue != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    /// A colon and at most 65535; the number may be left out.
    private static func isPort(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard bytes[range.lowerBound] == UInt8(ascii: ":"), range.count <= 6 else { return false }
        var port = 0
        for index in range.dropFirst() {
            guard bytes[index].isDigit else { return false }
            port = port * 10 + Int(bytes[index] - 48)
        }
        return port <= 65535
    }
}
