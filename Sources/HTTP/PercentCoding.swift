/// Percent-encoding of RFC 3986, section 2.1.
package enum PercentCoding {
    /// `text` with every byte escaped that is not unreserved: fit for a path segment or a query's name or value.
    package static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if ByteSet.unreserved.contains(byte) {
                bytes.append(byte)
            } else {
                bytes.append(.percent)
                bytes.append(digit(byte >> 4))
                bytes.append(digit(byte & 15))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `text` with its escapes undone; nothing if an escape is malformed or the result is not UTF-8.
    ///
    /// - Parameter plusIsSpace: Whether `+` stands for a space, as in a form's query.
    package static func decode(_ text: some Sequence<UInt8>, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var escape: (digits: Int, value: UInt8) = (0, 0)
        for byte in text {
            if escape.digits > 0 {
                guard let value = byte.hexadecimalValue else { return nil }
                escape = (escape.digits - 1, escape.value << 4 | value)
                if escape.digits == 0 { bytes.append(escape.value) }
            } else if byte == .percent {
                escape = (2, 0)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? .space : byte)
            }
        }
        return escape.digits == 0 ? String(validating: bytes, as: UTF8.self) : nil
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 55 + nibble }
}
