/// Base64 (RFC 4648): the standard alphabet with padding, or the one for URLs and file names without.
package enum Base64: Sendable {
    /// `+` and `/`, padded with `=` to a multiple of four (section 4).
    case standard
    /// `-` and `_`, never padded (section 5): safe in a header, a URL and a shell.
    case url

    package func encode(_ bytes: [UInt8]) -> String {
        let alphabet = self == .standard ? standardAlphabet : urlAlphabet
        let remainder = bytes.count % 3
        let tail = remainder == 0 ? 0 : self == .standard ? 4 : remainder + 1
        let length = bytes.count / 3 * 4 + tail
        return unsafe String(unsafeUninitializedCapacity: length) { output in
            var position = 0
            var index = 0
            func put(_ sextet: UInt32) {
                unsafe output[position] = unsafe alphabet.utf8Start[Int(sextet & 63)]
                position += 1
            }
            while index + 2 < bytes.count {
                let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
                put(group >> 18)
                put(group >> 12)
                put(group >> 6)
                put(group)
                index += 3
            }
            if remainder > 0 {
                let second = remainder == 2 ? UInt32(bytes[index + 1]) << 8 : 0
                let group = UInt32(bytes[index]) << 16 | second
                put(group >> 18)
                put(group >> 12)
                if remainder == 2 { put(group >> 6) }
                while position < length {
                    unsafe output[position] = UInt8(ascii: "=")
                    position += 1
                }
            }
            return length
        }
    }

    /// The bytes that ``encode(_:)`` gives this very text for, and nothing for any other: no white space, exactly the
    /// padding that belongs there, and no bits left over in the last character.
    package func decode(_ text: some StringProtocol) -> [UInt8]? {
        var characters = Array(text.utf8)
        if self == .standard {
            guard characters.count % 4 == 0 else { return nil }
            for _ in 0..<2 where characters.last == UInt8(ascii: "=") { characters.removeLast() }
        }
        guard characters.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for character in characters {
            guard let sextet = value(of: character) else { return nil }
            bits = bits << 6 | UInt32(sextet)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bits & ((1 << UInt32(count)) - 1) == 0 ? bytes : nil
    }

    private func value(of character: UInt8) -> UInt8? {
        switch (self, character) {
        case (_, 65...90): character - 65
        case (_, 97...122): character - 71
        case (_, 48...57): character + 4
        case (.standard, UInt8(ascii: "+")), (.url, UInt8(ascii: "-")): 62
        case (.standard, UInt8(ascii: "/")), (.url, UInt8(ascii: "_")): 63
        default: nil
        }
    }
}

private let standardAlphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
private let urlAlphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
