import Model

extension UniqueID {
    /// The UUID of 36 bytes in its text form, hexadecimal digits of either case.
    init?(text: UnsafeRawBufferPointer) {
        guard text.count == 36, unsafe text[8] == UInt8(ascii: "-"), unsafe text[13] == UInt8(ascii: "-"),
            unsafe text[18] == UInt8(ascii: "-"), unsafe text[23] == UInt8(ascii: "-")
        else { return nil }
        var words: [2 of UInt64] = [0, 0]
        var digits = 0
        for index in 0..<36 where index != 8 && index != 13 && index != 18 && index != 23 {
            guard let value = unsafe hexadecimalValue(text[index]) else { return nil }
            words[digits >> 4] = words[digits >> 4] << 4 | UInt64(value)
            digits += 1
        }
        self.init(high: words[0], low: words[1])
    }
}
