/// One header of a tar archive (POSIX.1-1988 `ustar`), with GNU's form of sizes past 8 GiB: as much of the format as a
/// backup needs.
struct TarHeader: Equatable, Sendable {
    static let blockSize = 512

    let name: String
    /// Of the content, which is followed by zeros up to a whole block.
    let size: Int64
    /// Seconds since the epoch.
    let time: Int64

    init(name: String, size: Int64, time: Int64) {
        precondition(name.utf8.count <= 100 && size >= 0, "the member fits a header")
        self.name = name
        self.size = size
        self.time = time
    }

    /// Bytes behind the content up to a whole block.
    var padding: Int { Int((512 - size % 512) % 512) }

    var bytes: [UInt8] {
        var block = [UInt8](repeating: 0, count: TarHeader.blockSize)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        put(name, at: 0)
        put("0000600\0", at: 100)
        put("0000000\0", at: 108)
        put("0000000\0", at: 116)
        if size < 1 << 33 {
            put(TarHeader.octal(size, digits: 11) + "\0", at: 124)
        } else {
            block[124] = 0x80
            for index in 0..<8 { block[128 + index] = UInt8(truncatingIfNeeded: size >> Int64(56 - 8 * index)) }
        }
        put(TarHeader.octal(time, digits: 11) + "\0", at: 136)
        put("0", at: 156)
        put("ustar\0" + "00", at: 257)
        put(TarHeader.octal(TarHeader.sum(block), digits: 6) + "\0 ", at: 148)
        return block
    }

    /// - Returns: Nothing for a block that is not one that ``bytes`` makes: a wrong sum, another kind of member.
    init?(_ block: some Collection<UInt8>) {
        let block = Array(block)
        guard block.count == TarHeader.blockSize else { return nil }
        guard let nameEnd = block[..<100].firstIndex(of: 0), nameEnd > 0 else { return nil }
        let name = String(decoding: block[..<nameEnd], as: UTF8.self)
        let size: Int64?
        if block[124] == 0x80 {
            size = block[128..<136].reduce(into: Int64(0)) { $0 = $0 << 8 | Int64($1) }
        } else {
            size = TarHeader.number(block[124..<135])
        }
        guard let size, size >= 0, let time = TarHeader.number(block[136..<147]) else { return nil }
        self.init(name: name, size: size, time: time)
        // Every byte is one that would be written, the sum among them.
        guard bytes == block else { return nil }
    }

    private static func octal(_ number: Int64, digits: Int) -> String {
        let text = String(max(0, number), radix: 8)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        Int64(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    /// The sum of all bytes, those of the sum itself taken for spaces.
    private static func sum(_ block: [UInt8]) -> Int64 {
        block.enumerated().reduce(into: Int64(0)) { $0 += (148..<156).contains($1.offset) ? 32 : Int64($1.element) }
    }
}
