/// Numbers as JSON writes them.
extension [UInt8] {
    mutating func append(integer value: Int64) {
        append(upTo: JSONRoom.number) { $0.append(integer: value) }
    }

    /// The shortest decimal that reads back as the same number; `null` if it is not finite.
    mutating func append(jsonNumber value: Double) {
        append(upTo: JSONRoom.number) { $0.append(jsonNumber: value) }
    }
}

extension ByteCursor {
    @inline(__always)
    mutating func append(integer value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(value.magnitude, digits: decimalDigits(value.magnitude))
    }

    /// The shortest decimal that reads back as the same number; `null` if it is not finite.
    ///
    /// A coordinate or a reading has few decimals. If `value` is `scaled` / 10⁷ for a whole `scaled` below 10¹⁵, then
    /// that quotient, correctly rounded, is `value` again; and as decimals of at most 15 digits all read as different
    /// numbers, no shorter one does. Everything else takes the standard library's way.
    mutating func append(jsonNumber value: Double) {
        let product = value.magnitude * 1e7
        guard product < 1e15 else { return append(generalNumber: value) }
        var significand = UInt64(product + 0.5)
        guard Double(significand) / 1e7 == value.magnitude else { return append(generalNumber: value) }
        if value.sign == .minus { append(UInt8(ascii: "-")) }
        let (whole, rest) = significand.quotientAndRemainder(dividingBy: 10_000_000)
        append(whole, digits: decimalDigits(whole))
        guard rest != 0 else { return }
        significand = rest
        var fractionDigits = 7
        while significand.isMultiple(of: 10) {
            significand /= 10
            fractionDigits -= 1
        }
        append(UInt8(ascii: "."))
        append(significand, digits: fractionDigits)
    }

    /// By the standard library, which is shortest too, less what JSON does not need: `5e-324`, `1e20`, `0.1`.
    @inline(never)
    private mutating func append(generalNumber value: Double) {
        guard value.isFinite else { return append(literal: "null") }
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
func decimalDigits(_ value: UInt64) -> Int {
    var digits = 1
    var rest = value
    while rest >= 1000 {
        rest /= 1000
        digits += 3
    }
    return rest >= 100 ? digits + 2 : rest >= 10 ? digits + 1 : digits
}
