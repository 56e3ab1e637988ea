import Glibc

extension JSONReader {
    /// Reads a number. Its value is asked for afterwards: ``JSONNumber/integer``, or ``double(of:)``.
    package mutating func number() throws(JSONError) -> JSONNumber {
        let kind = try kind()
        guard kind == .number else { throw JSONError(.unexpectedKind(kind), at: position) }
        return try scanNumber()
    }

    /// Reads a number that is next: ``kind()`` has said so.
    mutating func scanNumber() throws(JSONError) -> JSONNumber {
        let start = position
        var digits = NumberDigits()
        let isNegative = byte(at: position) == UInt8(ascii: "-")
        if isNegative { position += 1 }

        if byte(at: position) == UInt8(ascii: "0") {
            position += 1
            if isDigit(byte(at: position)) { throw JSONError(.invalidNumber, at: position) }
        } else {
            try scanDigits(into: &digits, areFraction: false)
        }
        if byte(at: position) == UInt8(ascii: ".") {
            position += 1
            try scanDigits(into: &digits, areFraction: true)
        }
        var exponent = digits.exponent
        if byte(at: position) | 0x20 == UInt8(ascii: "e") {
            position += 1
            exponent += try scanExponent()
        }
        return JSONNumber(
            isNegative: isNegative, significand: digits.significand, exponent: exponent, isExact: digits.isExact,
            start: start, count: position - start)
    }

    /// The nearest `Double`, ties to even; infinite if the number is too large, `-0.0` for `-0`.
    package func double(of number: JSONNumber) -> Double {
        if let value = number.quickDouble { return value }
        guard number.start + number.count <= count else { return .nan }
        // The C library's conversion rounds correctly; it wants a terminated copy, and reads a decimal point in every
        // process that leaves the "C" locale alone, as the programs of this package do.
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: number.count + 1) { copy in
            for index in 0..<number.count {
                unsafe copy[index] = CChar(bitPattern: bytes[number.start + index])
            }
            unsafe copy[number.count] = 0
            guard let text = copy.baseAddress else { return .nan }
            return unsafe strtod(text, nil)
        }
    }

    private mutating func scanDigits(into digits: inout NumberDigits, areFraction: Bool) throws(JSONError) {
        guard isDigit(byte(at: position)) else {
            throw JSONError(position < count ? .invalidNumber : .unexpectedEnd, at: position)
        }
        position = digits.append(from: position, before: count, areFraction: areFraction) { byte(at: $0) }
        while isDigit(byte(at: position)) {
            digits.append(byte(at: position) - UInt8(ascii: "0"), isFraction: areFraction)
            position += 1
        }
    }

    private mutating func scanExponent() throws(JSONError) -> Int {
        let isNegative = byte(at: position) == UInt8(ascii: "-")
        if isNegative || byte(at: position) == UInt8(ascii: "+") { position += 1 }
        guard isDigit(byte(at: position)) else {
            throw JSONError(position < count ? .invalidNumber : .unexpectedEnd, at: position)
        }
        var exponent = 0
        repeat {
            // Past this any number is 0 or infinite, however many digits it has.
            if exponent < 1_000_000_000_000 { exponent = exponent * 10 + Int(byte(at: position) - UInt8(ascii: "0")) }
            position += 1
        } while isDigit(byte(at: position))
        return isNegative ? -exponent : exponent
    }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }
}

/// The digits of a number being read: the first 19 significant ones, and what became of the others.
private struct NumberDigits {
    var significand: UInt64 = 0
    /// The power of ten the significand stands for, before the written exponent.
    var exponent = 0
    var isExact = true
    private var count = 0

    init() {}

    /// Takes digits as long as there is room for any: the usual number is shorter than that.
    ///
    /// - Returns: Where it stopped.
    @inline(__always)
    mutating func append(from start: Int, before end: Int, areFraction: Bool, _ byte: (Int) -> UInt8) -> Int {
        let limit = min(end, start + 19 - count)
        var position = start
        var value = significand
        while position < limit {
            let digit = byte(position) &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value &* 10 &+ UInt64(digit)
            position += 1
        }
        if areFraction { exponent -= position - start }
        if significand != 0 {
            count += position - start
        } else if value != 0 {
            count = decimalDigits(value)
        }
        significand = value
        return position
    }

    @inline(__always)
    mutating func append(_ digit: UInt8, isFraction: Bool) {
        if count < 19 {
            significand = significand &* 10 &+ UInt64(digit)
            if significand != 0 { count += 1 }
            if isFraction { exponent -= 1 }
        } else {
            if digit != 0 { isExact = false }
            if !isFraction { exponent += 1 }
        }
    }
}
