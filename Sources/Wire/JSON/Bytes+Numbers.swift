/// Numbers as JSON writes them.
extension [UInt8] {
    mutating func append(integer value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: value.magnitude, fractionDigits: 0)
    }

    /// The shortest decimal that reads back as the same number; `null` if it is not finite.
    ///
    /// A coordinate or a reading has few decimals. If `value` is `scaled` / 10⁷ for a whole `scaled` below 10¹⁵, then
    /// that quotient, correctly rounded, is `value` again; and as decimals of at most 15 digits all read as different
    /// numbers, no shorter one does. Everything else takes the standard library's way.
    mutating func append(jsonNumber value: Double) {
        let scaled = (value * 1e7).rounded()
        guard abs(scaled) < 1e15, scaled / 1e7 == value else {
            append(generalNumber: value)
            return
        }
        if value.sign == .minus { append(UInt8(ascii: "-")) }
        var significand = UInt64(scaled.magnitude)
        var fractionDigits = 7
        if significand.isMultiple(of: 10_000_000) {
            significand /= 10_000_000
            fractionDigits = 0
        }
        while fractionDigits > 0, significand.isMultiple(of: 10) {
            significand /= 10
            fractionDigits -= 1
        }
        append(decimal: significand, fractionDigits: fractionDigits)
    }

    /// `significand` with a point before its last `fractionDigits` digits, zeros put in front as needed.
    private mutating func append(decimal significand: UInt64, fractionDigits: Int) {
        // At most 20 digits and a point, filled from the end.
        var digits: [24 of UInt8] = .init(repeating: 0)
        var position = 24
        var rest = significand
        var written = 0
        repeat {
            if written == fractionDigits, written > 0 {
                position -= 1
                digits[position] = UInt8(ascii: ".")
            }
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            rest = quotient
            position -= 1
            digits[position] = UInt8(truncatingIfNeeded: remainder) + UInt8(ascii: "0")
            written += 1
        } while rest != 0 || written <= fractionDigits
        append(addingCapacity: 24 - position) { output in
            for index in position..<24 { output.append(digits[index]) }
        }
    }

    /// By the standard library, which is shortest too, less what JSON does not need: `5e-324`, `1e20`, `0.1`.
    private mutating func append(generalNumber value: Double) {
        guard value.isFinite else {
            append(literal: "null")
            return
        }
        var description = value.description
        description.withUTF8 { utf8 in
            var count = utf8.count
            if count > 2, unsafe utf8[count - 1] == UInt8(ascii: "0"), unsafe utf8[count - 2] == UInt8(ascii: ".") {
                count -= 2
            }
            for index in 0..<count where unsafe utf8[index] != UInt8(ascii: "+") {
                append(unsafe utf8[index])
            }
        }
    }
}
