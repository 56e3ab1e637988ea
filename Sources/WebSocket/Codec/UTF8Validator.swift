/// Checks UTF-8 as it arrives, in pieces cut anywhere, and refuses at the first byte that cannot be part of it.
///
/// The well-formed sequences are those of Unicode's table 3-7: no overlong form, no surrogate, nothing above U+10FFFF.
struct UTF8Validator: Equatable {
    /// Continuation bytes the open sequence still needs.
    private var needed: UInt8 = 0
    /// The range of its next byte; only a sequence's second byte has a narrower one than 0x80…0xBF.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// Whether no sequence is open, so that the text may end here.
    var isComplete: Bool { needed == 0 }

    /// - Returns: Whether everything so far can be part of a UTF-8 text; after `false` the value is of no further use.
    mutating func accept(_ bytes: RawSpan) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return true }
            return unsafe accept(base, count: buffer.count)
        }
    }

    mutating func accept(_ bytes: UnsafeRawPointer, count: Int) -> Bool {
        var index = 0
        while index < count {
            if needed == 0 {
                // Text is mostly ASCII: eight bytes at a time, then the run's rest byte by byte.
                while index &+ 8 <= count,
                    unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index &+= 8
                }
                if index == count { break }
            }
            let byte = unsafe bytes.load(fromByteOffset: index, as: UInt8.self)
            index &+= 1
            if needed == 0 {
                if byte < 0x80 { continue }
                guard open(byte) else { return false }
            } else {
                guard byte >= lowest, byte <= highest else { return false }
                needed &-= 1
                lowest = 0x80
                highest = 0xBF
            }
        }
        return true
    }

    /// Begins a sequence of several bytes.
    private mutating func open(_ lead: UInt8) -> Bool {
        switch lead {
        case 0xC2...0xDF: needed = 1
        case 0xE0...0xEF:
            needed = 2
            if lead == 0xE0 { lowest = 0xA0 }  // below: overlong
            if lead == 0xED { highest = 0x9F }  // above: surrogates
        case 0xF0...0xF4:
            needed = 3
            if lead == 0xF0 { lowest = 0x90 }  // below: overlong
            if lead == 0xF4 { highest = 0x8F }  // above: beyond U+10FFFF
        default: return false
        }
        return true
    }
}
