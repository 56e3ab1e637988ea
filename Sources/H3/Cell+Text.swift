extension Cell: CustomStringConvertible, LosslessStringConvertible {
    /// The index in hexadecimal, as H3 writes it: 15 lower case digits.
    package var description: String { String(index, radix: 16) }

    /// Reads an index in hexadecimal: exactly 15 digits, or 16 of which the first is 0, in either case.
    ///
    /// Nothing else is taken, neither `0x` nor a sign nor a space.
    package init?(_ description: String) {
        var digits = Array(description.utf8)
        if digits.count == 16, digits[0] == UInt8(ascii: "0") { digits.removeFirst() }
        guard digits.count == 15 else { return nil }
        var index: UInt64 = 0
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
            default: return nil
            }
            index = index << 4 | UInt64(value)
        }
        guard Grid.isCell(index) else { return nil }
        self.init(known: index)
    }
}
