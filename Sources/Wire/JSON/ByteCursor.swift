/// Writes into room that has been made beforehand; `position` bytes of it are written. Never past the room: each write
/// checks once for all its bytes.
@safe struct ByteCursor: ~Copyable {
    private let base: UnsafeMutablePointer<UInt8>
    private let room: Int
    private(set) var position = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        guard let base = buffer.baseAddress else { preconditionFailure("no room was made") }
        unsafe self.base = base
        room = buffer.count
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        take(1)
        unsafe base[position - 1] = byte
    }

    @inline(__always)
    mutating func append(literal text: StaticString) {
        let count = text.utf8CodeUnitCount
        take(count)
        unsafe (base + (position - count)).update(from: text.utf8Start, count: count)
    }

    mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        take(bytes.count)
        unsafe (base + (position - bytes.count)).update(from: start, count: bytes.count)
    }

    /// The bytes of an integer as they lie in memory, which is the lowest first.
    @inline(__always)
    mutating func append<Word: FixedWidthInteger & BitwiseCopyable>(littleEndian word: Word) {
        let width = MemoryLayout<Word>.size
        take(width)
        unsafe UnsafeMutableRawPointer(base + (position - width)).storeBytes(of: word.littleEndian, as: Word.self)
    }

    /// Two decimal digits of a number below 100.
    @inline(__always)
    mutating func append(twoDigits value: UInt32) {
        take(2)
        unsafe base[position - 2] = UInt8(truncatingIfNeeded: value / 10) + UInt8(ascii: "0")
        unsafe base[position - 1] = UInt8(truncatingIfNeeded: value % 10) + UInt8(ascii: "0")
    }

    /// The number's last `count` decimal digits, zeros in front.
    @inline(__always)
    mutating func append(_ value: UInt64, digits count: Int) {
        take(count)
        var rest = value
        var index = position
        while index >= position - count + 2 {
            let quotient = rest / 100
            let pair = UInt32(truncatingIfNeeded: rest - quotient * 100)
            index -= 2
            unsafe base[index] = UInt8(truncatingIfNeeded: pair / 10) + UInt8(ascii: "0")
            unsafe base[index + 1] = UInt8(truncatingIfNeeded: pair % 10) + UInt8(ascii: "0")
            rest = quotient
        }
        guard index > position - count else { return }
        unsafe base[index - 1] = UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0")
    }

    /// Accounts for bytes about to be written.
    @inline(__always)
    private mutating func take(_ count: Int) {
        precondition(room - position >= count, "more was written than room was made for")
        position += count
    }
}

extension [UInt8] {
    /// Makes room for up to `room` bytes at the end, which `body` writes; keeps what it wrote.
    @inline(__always)
    mutating func append(upTo room: Int, _ body: (inout ByteCursor) -> Void) {
        reserveRoom(room)
        append(addingCapacity: room) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                var cursor = unsafe ByteCursor(buffer)
                body(&cursor)
                count = cursor.position
            }
        }
    }
}
