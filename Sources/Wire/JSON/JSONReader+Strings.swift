import Glibc
package import Model

extension JSONReader {
    /// Reads a string, checking its escapes; what it says is asked of the reader afterwards, without copying.
    package mutating func string() throws(JSONError) -> JSONText {
        let kind = try kind()
        guard kind == .string else { throw JSONError(.unexpectedKind(kind), at: position) }
        return try scanString()
    }

    /// Whether the string, unescaped, is `word`, which is ASCII.
    @inline(__always)
    package func text(_ text: JSONText, is word: StaticString) -> Bool {
        guard !text.hasEscapes else { return escapedText(text, is: word) }
        guard text.count == word.utf8CodeUnitCount, holds(text), let base = unsafe bytes.baseAddress else {
            return false
        }
        return unsafe memcmp(base + text.start, word.utf8Start, word.utf8CodeUnitCount) == 0
    }

    /// The string, unescaped.
    package func string(of text: JSONText) -> String {
        guard !text.hasEscapes else { return String(decoding: unescapedBytes(of: text), as: UTF8.self) }
        guard holds(text) else { return "" }
        return unsafe String(decoding: bytes[text.start..<text.start + text.count], as: UTF8.self)
    }

    /// The UUID the string is, if it is one.
    package func uniqueID(of text: JSONText) -> UniqueID? {
        guard !text.hasEscapes else { return UniqueID(string(of: text)) }
        guard text.count == 36, holds(text) else { return nil }
        return unsafe UniqueID(text: UnsafeRawBufferPointer(rebasing: bytes[text.start..<text.start + 36]))
    }

    /// The moment the string names, if it is an RFC 3339 time.
    package func timestamp(of text: JSONText) -> Timestamp? {
        guard !text.hasEscapes else { return Timestamp(rfc3339: string(of: text)) }
        guard holds(text) else { return nil }
        let parsed = unsafe RFC3339.parse(
            UnsafeRawBufferPointer(rebasing: bytes[text.start..<text.start + text.count]))
        guard let parsed, Timestamp.writable.contains(parsed) else { return nil }
        return parsed
    }

    /// The string's UTF-8 bytes, unescaped.
    func unescapedBytes(of text: JSONText) -> [UInt8] {
        guard holds(text) else { return [] }
        let end = text.start + text.count
        guard text.hasEscapes else { return unsafe [UInt8](bytes[text.start..<end]) }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = text.start
        while index < end {
            let byte = byte(at: index)
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            let escape = self.byte(at: index)
            index += 1
            switch escape {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "u"):
                var scalar = UInt32(codeUnit(at: index) ?? 0xFFFD)
                index += 4
                if scalar & 0xFC00 == 0xD800, let low = codeUnit(at: index + 2) {
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + UInt32(low & 0x3FF)
                    index += 6
                }
                result.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
            default: result.append(escape)
            }
        }
        return result
    }

    /// The first seven bytes of the name and, in the top byte, its length; equal names have equal ones.
    func fingerprint(of text: JSONText) -> UInt64 {
        var word: UInt64 = 0
        if text.hasEscapes {
            let name = unescapedBytes(of: text)
            for byte in name.prefix(7).reversed() { word = word << 8 | UInt64(byte) }
            return word | UInt64(truncatingIfNeeded: name.count) << 56
        }
        guard holds(text) else { return 0 }
        if text.start + 8 <= count {
            word = UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: text.start, as: UInt64.self))
            word &= (1 << (8 * UInt64(min(text.count, 7)))) - 1
        } else {
            for index in (0..<min(text.count, 7)).reversed() {
                word = word << 8 | UInt64(byte(at: text.start + index))
            }
        }
        return word | UInt64(truncatingIfNeeded: text.count) << 56
    }

    /// Whether two strings are the same, unescaped, byte for byte.
    func areEqual(_ left: JSONText, _ right: JSONText) -> Bool {
        if left.hasEscapes || right.hasEscapes { return unescapedBytes(of: left) == unescapedBytes(of: right) }
        guard left.count == right.count, holds(left), holds(right), let base = unsafe bytes.baseAddress else {
            return false
        }
        return unsafe memcmp(base + left.start, base + right.start, left.count) == 0
    }

    /// Reads a string whose opening quote is next.
    mutating func scanString() throws(JSONError) -> JSONText {
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlainBytes()
            let byte = byte(at: position)
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try scanEscape()
            } else if byte < 0x20 {
                throw JSONError(position < count ? .controlCharacter : .unexpectedEnd, at: position)
            } else {
                position += 1
            }
        }
        defer { position += 1 }
        return JSONText(start: start, count: position - start, hasEscapes: hasEscapes)
    }

    /// Moves past bytes that mean nothing in a string, eight at a time, to one that may or to within eight of the end.
    @inline(__always)
    private mutating func skipPlainBytes() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while position + 8 <= count {
            let word = UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            // A byte's top bit is set where it is a quote, a backslash or below 0x20; the lowest such is exact.
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            let special =
                ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
                    | (word &- ones &* 0x20) & ~word) & tops
            guard special == 0 else {
                position += special.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
    }

    /// Checks the escape that is next, a surrogate pair as a whole, and moves past it.
    private mutating func scanEscape() throws(JSONError) {
        let start = position
        switch byte(at: position + 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(at: position + 2) else {
                throw JSONError(position + 6 <= count ? .invalidEscape : .unexpectedEnd, at: start)
            }
            position += 6
            switch unit & 0xFC00 {
            case 0xD800:
                guard byte(at: position) == UInt8(ascii: "\\"), byte(at: position + 1) == UInt8(ascii: "u"),
                    let low = codeUnit(at: position + 2), low & 0xFC00 == 0xDC00
                else { throw JSONError(.loneSurrogate, at: start) }
                position += 6
            case 0xDC00: throw JSONError(.loneSurrogate, at: start)
            default: break
            }
        default:
            throw JSONError(position + 1 < count ? .invalidEscape : .unexpectedEnd, at: start)
        }
    }

    /// The four hexadecimal digits there.
    private func codeUnit(at index: Int) -> UInt16? {
        var unit: UInt16 = 0
        for offset in 0..<4 {
            guard let digit = hexadecimalValue(byte(at: index + offset)) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private func escapedText(_ text: JSONText, is word: StaticString) -> Bool {
        let name = unescapedBytes(of: text)
        guard name.count == word.utf8CodeUnitCount else { return false }
        for (index, byte) in name.enumerated() where unsafe byte != word.utf8Start[index] { return false }
        return true
    }

    /// Whether the text lies inside this reader's bytes; false only for one that another reader gave.
    @inline(__always)
    private func holds(_ text: JSONText) -> Bool {
        text.start + text.count <= count
    }
}

@inline(__always)
func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
}
