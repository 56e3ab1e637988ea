import Model

/// Values as JSON writes them, into room that has been made: see ``JSONRoom`` for how much each needs.
extension ByteCursor {
    /// The text in quotes, with what RFC 8259 section 7 wants escaped: quotes, backslashes and control characters.
    mutating func append(jsonString utf8: UnsafeBufferPointer<UInt8>) {
        append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<utf8.count {
            let byte = unsafe utf8[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            unsafe append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
            start = index + 1
            append(escapeOf: byte)
        }
        unsafe append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<utf8.count]))
        append(UInt8(ascii: "\""))
    }

    private mutating func append(escapeOf byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        default:
            append(literal: "u00")
            append(littleEndian: UInt16(truncatingIfNeeded: hexadecimalDigits(UInt32(byte) << 24)))
        }
    }

    /// 8-4-4-4-12 digits in lower case, 36 bytes.
    @inline(__always)
    mutating func append(uniqueID id: UniqueID) {
        let second = hexadecimalDigits(UInt32(truncatingIfNeeded: id.high))
        let third = hexadecimalDigits(UInt32(truncatingIfNeeded: id.low >> 32))
        append(littleEndian: hexadecimalDigits(UInt32(truncatingIfNeeded: id.high >> 32)))
        append(UInt8(ascii: "-"))
        append(littleEndian: UInt32(truncatingIfNeeded: second))
        append(UInt8(ascii: "-"))
        append(littleEndian: UInt32(truncatingIfNeeded: second >> 32))
        append(UInt8(ascii: "-"))
        append(littleEndian: UInt32(truncatingIfNeeded: third))
        append(UInt8(ascii: "-"))
        append(littleEndian: UInt32(truncatingIfNeeded: third >> 32))
        append(littleEndian: hexadecimalDigits(UInt32(truncatingIfNeeded: id.low)))
    }

    /// RFC 3339 in UTC with milliseconds, 24 bytes; a moment out of its years is moved to the nearest inside.
    mutating func append(timestamp: Timestamp) {
        let moment = timestamp.written
        var (days, rest) = moment.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        if rest < 0 {
            days -= 1
            rest += 86_400_000
        }
        let date = RFC3339.date(daysSinceEpoch: Int(days))
        let (seconds, milliseconds) = UInt32(truncatingIfNeeded: rest).quotientAndRemainder(dividingBy: 1000)
        append(twoDigits: UInt32(truncatingIfNeeded: date.year / 100))
        append(twoDigits: UInt32(truncatingIfNeeded: date.year % 100))
        append(UInt8(ascii: "-"))
        append(twoDigits: UInt32(truncatingIfNeeded: date.month))
        append(UInt8(ascii: "-"))
        append(twoDigits: UInt32(truncatingIfNeeded: date.day))
        append(UInt8(ascii: "T"))
        append(twoDigits: seconds / 3600)
        append(UInt8(ascii: ":"))
        append(twoDigits: seconds / 60 % 60)
        append(UInt8(ascii: ":"))
        append(twoDigits: seconds % 60)
        append(UInt8(ascii: "."))
        append(UInt8(truncatingIfNeeded: milliseconds / 100) + UInt8(ascii: "0"))
        append(twoDigits: milliseconds % 100)
        append(UInt8(ascii: "Z"))
    }
}

/// The eight hexadecimal digits of `value`, the first one in the lowest byte: all at once, half a byte to a byte.
@inline(__always)
private func hexadecimalDigits(_ value: UInt32) -> UInt64 {
    var spread = UInt64(value.byteSwapped)
    spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
    spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
    let nibbles = (spread >> 4 | spread << 8) & 0x0F0F_0F0F_0F0F_0F0F
    // 1 in each byte that is 10 or more, which is a letter.
    let letters = ((nibbles &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39
}
