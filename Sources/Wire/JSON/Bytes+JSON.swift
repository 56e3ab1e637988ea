import Model

/// What JSON is written of, straight to the end of an array.
extension [UInt8] {
    /// The text as it is; for literals, which need no escaping.
    @inline(__always)
    mutating func append(literal text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The text in quotes, with what RFC 8259 section 7 wants escaped: quotes, backslashes and control characters.
    mutating func append(jsonString text: String) {
        var text = text
        text.withUTF8 { unsafe append(jsonString: $0) }
    }

    private mutating func append(jsonString utf8: UnsafeBufferPointer<UInt8>) {
        reserveRoom(utf8.count + 2)
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
            append(hexadecimalDigit(byte >> 4))
            append(hexadecimalDigit(byte & 15))
        }
    }

    /// 8-4-4-4-12 digits in lower case.
    mutating func append(uniqueID id: UniqueID) {
        append(upTo: 36) { output in
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 { output.append(UInt8(ascii: "-")) }
                let word = index < 8 ? id.high : id.low
                let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (index & 7)))
                output.append(hexadecimalDigit(byte >> 4))
                output.append(hexadecimalDigit(byte & 15))
            }
        }
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
        append(upTo: RFC3339.length) { output in
            output.append(twoDigits: UInt32(date.year / 100))
            output.append(twoDigits: UInt32(date.year % 100))
            output.append(UInt8(ascii: "-"))
            output.append(twoDigits: UInt32(date.month))
            output.append(UInt8(ascii: "-"))
            output.append(twoDigits: UInt32(date.day))
            output.append(UInt8(ascii: "T"))
            output.append(twoDigits: seconds / 3600)
            output.append(UInt8(ascii: ":"))
            output.append(twoDigits: seconds / 60 % 60)
            output.append(UInt8(ascii: ":"))
            output.append(twoDigits: seconds % 60)
            output.append(UInt8(ascii: "."))
            output.append(UInt8(truncatingIfNeeded: milliseconds / 100) + UInt8(ascii: "0"))
            output.append(twoDigits: milliseconds % 100)
            output.append(UInt8(ascii: "Z"))
        }
    }

    /// Makes room for more without giving up that arrays grow by doubling.
    mutating func reserveRoom(_ room: Int) {
        let needed = count + room
        if capacity < needed { reserveCapacity(Swift.max(needed, 2 * capacity)) }
    }
}

@inline(__always)
private func hexadecimalDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
}
