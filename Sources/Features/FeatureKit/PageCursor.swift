internal import Crypto

/// Where a list goes on, as clients are told it: opaque to them, and good for the list it came from alone.
package enum PageCursor {
    /// - Parameters:
    ///   - position: What the list needs to go on.
    ///   - list: Names the list and everything that chooses its entries.
    package static func encode(_ position: [UInt64], of list: String) -> String {
        var bytes: [UInt8] = [version]
        for word in [digest(list)] + position {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return Base64.url.encode(bytes)
    }

    /// The position in a cursor of that very list; nothing for any other text.
    ///
    /// - Parameter count: How many words it has.
    package static func decode(_ text: String, count: Int, of list: String) -> [UInt64]? {
        guard text.utf8.count <= 100, let bytes = Base64.url.decode(text), bytes.first == version,
            bytes.count == 1 + 8 * (count + 1)
        else { return nil }
        let words = stride(from: 1, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return words[0] == digest(list) ? Array(words.dropFirst()) : nil
    }

    private static let version: UInt8 = 1

    /// FNV-1a. It tells mistakes apart, not attackers: what a position opens is checked like everything else.
    private static func digest(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
