extension String {
    /// Whether the text holds a character of Unicode's category Cc: U+0000…U+001F or U+007F…U+009F.
    package var hasControlCharacters: Bool {
        var previous: UInt8 = 0
        for byte in utf8 {
            if byte < 0x20 || byte == 0x7F || previous == 0xC2 && byte < 0xA0 { return true }
            previous = byte
        }
        return false
    }
}
