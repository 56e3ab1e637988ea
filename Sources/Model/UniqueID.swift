/// A UUID (RFC 9562) as two words: cheap to compare, to hash and to write.
package struct UniqueID: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The UUID in its text form, 8-4-4-4-12 hexadecimal digits of either case; nothing for any other text.
    package init?(_ text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        var position = 0
        for byte in text.utf8 {
            defer { position += 1 }
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard digits < 32, let value = hexadecimalValue(byte) else { return nil }
            if digits < 16 { high = high << 4 | UInt64(value) } else { low = low << 4 | UInt64(value) }
            digits += 1
        }
        guard digits == 32, position == 36 else { return nil }
        self.init(high: high, low: low)
    }

    /// A version 7 UUID: the moment in its first 48 bits, so that later ones sort and index after earlier ones.
    package static func version7(
        at moment: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> UniqueID {
        let time = UInt64(bitPattern: moment.milliseconds) << 16
        let random = generator.next()
        return UniqueID(
            high: time | 0x7000 | (random >> 52),
            low: 0x8000_0000_0000_0000 | (generator.next() >> 2))
    }

    package static func version7(at moment: Timestamp) -> UniqueID {
        var generator = SystemRandomNumberGenerator()
        return version7(at: moment, using: &generator)
    }

    package static func < (left: UniqueID, right: UniqueID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension UniqueID: CustomStringConvertible {
    /// The text form in lower case, 36 bytes.
    package var description: String {
        unsafe String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    unsafe buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = index < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15))) & 15
                unsafe buffer[position] = nibble < 10 ? 48 + nibble : 87 + nibble
                position += 1
            }
            return position
        }
    }
}

private func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
}
