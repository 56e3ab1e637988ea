/// A masking key that stands at some byte of a payload (RFC 6455, 5.3).
struct MaskingKey: Equatable {
    /// The key as an integer, its next byte lowest.
    var bits: UInt32

    /// Writes `source`, exclusive-ored with the key, to `target`.
    ///
    /// Eight bytes at a time; `source` and `target` may be the same memory.
    func apply(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
        let wide = UInt64(bits) | UInt64(bits) << 32
        let key = wide.littleEndian
        var offset = 0
        while offset &+ 8 <= count {
            let word = unsafe source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            unsafe target.storeBytes(of: word ^ key, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        var rest = wide
        while offset < count {
            let byte = unsafe source.load(fromByteOffset: offset, as: UInt8.self)
            unsafe target.storeBytes(of: byte ^ UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
            rest >>= 8
            offset &+= 1
        }
    }

    /// Moves the key on behind `count` bytes of the payload.
    mutating func advance(by count: Int) {
        let turn = UInt32(truncatingIfNeeded: (count & 3) &* 8)
        bits = (bits &>> turn) | (bits &<< ((32 &- turn) & 31))
    }
}
