extension ByteCursor {
    /// Seven bits a byte, the lowest first; the highest bit of a byte says that another follows.
    @inline(__always)
    mutating func append(packed value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// 0, −1, 1, −2 … as 0, 1, 2, 3 …
    @inline(__always)
    mutating func append(packedSigned value: Int64) {
        append(packed: UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    /// The lowest `count` bytes of a number, the lowest first.
    @inline(__always)
    mutating func append(_ value: UInt64, bytes count: Int) {
        for place in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }

    @inline(__always)
    mutating func append(_ value: Int32, bytes count: Int = 4) {
        append(UInt64(truncatingIfNeeded: value), bytes: count)
    }

    /// A number of metres, degrees or metres a second: a whole number of ones, tenths or hundredths if that is exact,
    /// else with the bits it has.
    ///
    /// - Parameter isSigned: Whether it may be below zero as a matter of course.
    mutating func append(measure value: Double, isSigned: Bool = false) {
        var unit: UInt64 = 0
        var scale = 1.0
        while unit < 3 {
            let scaled = (value * scale).rounded()
            // What is written with nine bytes is not shorter than the number itself.
            if abs(scaled) < Double(1 << 31), (scaled / scale) == value, isSigned || scaled >= 0,
                scaled != 0 || value.sign == .plus
            {
                let count = Int64(scaled)
                let written = isSigned ? count << 1 ^ count >> 63 : count
                append(packed: UInt64(bitPattern: written) << 2 | unit)
                return
            }
            unit += 1
            scale *= 10
        }
        if Double(Float(value)) == value {
            append(1 << 2 | 3)
            append(UInt64(Float(value).bitPattern), bytes: 4)
        } else {
            append(3)
            append(value.bitPattern, bytes: 8)
        }
    }
}
