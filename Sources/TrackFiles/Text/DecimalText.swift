/// Numbers as files write them.
enum DecimalText {
    private static let powers: [Double] = (0...22).map { power in (0..<power).reduce(1) { value, _ in value * 10 } }

    /// The number that `bytes` write, blanks around it aside; nothing for anything else, infinity included.
    ///
    /// The nearest double: up to 15 digits and 22 places are read exactly as they are, and what has more by the standard
    /// library.
    static func number(_ bytes: ArraySlice<UInt8>) -> Double? {
        let text = trimmed(bytes)
        var index = text.startIndex
        let end = text.endIndex
        guard index < end, text.count <= 64 else { return nil }
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative || text[index] == UInt8(ascii: "+") { index += 1 }
        var (value, digits, places) = (UInt64(0), 0, 0)
        var seen = false
        var hasPoint = false
        while index < end {
            let byte = text[index]
            if byte &- 48 < 10 {
                seen = true
                if value > 0 || byte != 48 { digits += 1 }
                if digits <= 18 { value = value * 10 + UInt64(byte - 48) }
                if hasPoint { places += 1 }
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                break
            }
            index += 1
        }
        guard seen else { return nil }
        guard index == end, digits <= 15, places <= 22 else { return slowly(text) }
        let magnitude = Double(value) / powers[places]
        return isNegative ? -magnitude : magnitude
    }

    /// A whole number with a sign or without.
    static func integer(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let text = trimmed(bytes)
        guard !text.isEmpty, text.count <= 20 else { return nil }
        let isNegative = text[text.startIndex] == UInt8(ascii: "-")
        var value: Int64 = 0
        let digits = isNegative ? text.dropFirst() : text
        guard !digits.isEmpty else { return nil }
        for byte in digits {
            guard byte &- 48 < 10 else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(Int64(byte - 48))
            guard !overflows, !carries else { return nil }
            value = sum
        }
        return isNegative ? -value : value
    }

    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var (start, end) = (bytes.startIndex, bytes.endIndex)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while start < end, isBlank(bytes[end - 1]) { end -= 1 }
        return bytes[start..<end]
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    private static func slowly(_ text: ArraySlice<UInt8>) -> Double? {
        // Only what a decimal number is written with: the library would take hexadecimal ones and names of infinity.
        let isDecimal = text.allSatisfy {
            $0 &- 48 < 10 || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+")
                || $0 | 32 == UInt8(ascii: "e")
        }
        guard isDecimal, let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }
}
