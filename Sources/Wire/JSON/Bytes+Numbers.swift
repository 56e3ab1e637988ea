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
    @inline(__always)
    private mutating func append(decimal significand: UInt64, fractionDigits: Int) {
        // At most 20 digits and a point.
        append(upTo: 24) { output in
            guard fractionDigits > 0 else {
                output.append(significand, digits: decimalDigits(significand))
                return
            }
            let (whole, fraction) = significand.quotientAndRemainder(dividingBy: powersOfTen[fractionDigits])
            output.append(whole, digits: decimalDigits(whole))
            output.append(UInt8(ascii: "."))
            output.append(fraction, digits: fractionDigits)
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

/// How many digits the number is written with, at least one.
@inline(__always)
private func decimalDigits(_ value: UInt64) -> Int {
    var digits = 1
    var rest = value
    while rest >= 1000 {
        rest /= 1000
        digits += 3
    }
    return rest >= 100 ? digits + 2 : rest >= 10 ? digits + 1 : digits
}

private let powersOfTen: [8 of UInt64] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]
