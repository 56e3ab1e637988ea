/// A number as written: `significand` × 10^`exponent`, exact unless it has more than 19 digits.
///
/// JSON has one kind of number, so an integer may be written `85`, `85.0` or `8.5e1`: ``integer`` takes all of them.
package struct JSONNumber: Hashable, Sendable {
    package let isNegative: Bool
    let significand: UInt64
    let exponent: Int
    /// False if digits other than zero did not fit into `significand`.
    let isExact: Bool
    let start: Int
    let count: Int

    /// The value, if it is whole and fits; exact, never by way of a `Double`. `-0` is 0.
    package var integer: Int64? {
        guard isExact else { return nil }
        guard significand != 0 else { return 0 }
        var magnitude = significand
        var exponent = exponent
        while exponent < 0 {
            let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { return nil }
            magnitude = quotient
            exponent += 1
        }
        guard exponent <= 19 else { return nil }
        while exponent > 0 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            magnitude = product
            exponent -= 1
        }
        return isNegative ? Int64(exactly: -Int128(magnitude)) : Int64(exactly: magnitude)
    }

    /// The correctly rounded value where one operation on exact operands gives it (Clinger's fast path).
    var quickDouble: Double? {
        guard isExact, significand <= 1 << 53, exponent >= -22, exponent <= 22 else { return nil }
        let magnitude = Double(significand)
        let value = exponent < 0 ? magnitude / powersOfTen[-exponent] : magnitude * powersOfTen[exponent]
        return isNegative ? -value : value
    }
}

/// The powers of ten that a `Double` holds exactly.
private let powersOfTen: [23 of Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
