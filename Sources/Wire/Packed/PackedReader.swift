import Model

/// Reads one packed message from bytes, strictly, value by value. Safe for any bytes. After a method has thrown, the
/// reader is of no more use. Lives only inside ``read(_:_:)``, because it looks into memory it does not own.
@safe struct PackedReader: ~Copyable {
    private let bytes: UnsafeRawBufferPointer
    private let count: Int
    /// Offset of the next byte to read.
    private(set) var position = 0

    private init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = bytes
        count = bytes.count
    }

    /// Calls `body` with a reader at the start of `bytes`; what is malformed is `invalid_format`.
    static func read<Value>(
        _ bytes: RawSpan, _ body: (inout PackedReader) throws(PackedError) -> Value
    ) throws(Refusal) -> Value {
        try unsafe bytes.withUnsafeBytes { (raw: UnsafeRawBufferPointer) throws(Refusal) in
            var reader = unsafe PackedReader(raw)
            do throws(PackedError) {
                return try body(&reader)
            } catch {
                throw Refusal(malformed: error)
            }
        }
    }

    var isAtEnd: Bool { position == count }

    /// Checks that nothing follows.
    func finish() throws(PackedError) {
        guard isAtEnd else { throw PackedError(.trailingBytes, at: position) }
    }

    mutating func byte() throws(PackedError) -> UInt8 {
        let byte = try peek()
        position += 1
        return byte
    }

    /// The next byte, which is not read yet.
    func peek() throws(PackedError) -> UInt8 {
        guard position < count else { throw PackedError(.unexpectedEnd, at: position) }
        return unsafe bytes[position]
    }

    /// A number of at most 63 bits, seven a byte, the lowest first, and no byte more than it needs.
    mutating func number() throws(PackedError) -> Int64 {
        let start = position
        var value: Int64 = 0
        var shift: Int64 = 0
        while true {
            let next = try byte()
            value |= Int64(next & 0x7F) << shift
            guard next & 0x80 != 0 else {
                guard next != 0 || shift == 0 else { throw PackedError(.overlongNumber, at: start) }
                return value
            }
            shift += 7
            guard shift < 63 else { throw PackedError(.overlongNumber, at: start) }
        }
    }

    /// As above, not above `largest`.
    mutating func number(upTo largest: Int64) throws(PackedError) -> Int64 {
        let start = position
        let value = try number()
        guard value <= largest else { throw PackedError(.numberTooLarge, at: start) }
        return value
    }

    mutating func signedNumber() throws(PackedError) -> Int64 { PackedReader.signed(try number()) }

    /// An `id` or a `re`.
    mutating func messageID() throws(PackedError) -> Int64? {
        let value = try number(upTo: FieldReader.largestInteger + 1)
        return value == 0 ? nil : value - 1
    }

    /// A number of `width` bytes, the lowest first.
    mutating func word(_ width: Int) throws(PackedError) -> UInt64 {
        guard count - position >= width else { throw PackedError(.unexpectedEnd, at: count) }
        var value: UInt64 = 0
        for place in 0..<width { value |= unsafe UInt64(bytes[position + place]) << UInt64(8 * place) }
        position += width
        return value
    }

    /// As above, the highest bit being the sign.
    mutating func signedWord(_ width: Int) throws(PackedError) -> Int64 {
        let unused = UInt64(64 - 8 * width)
        return Int64(bitPattern: try word(width) << unused) >> Int64(unused)
    }

    /// Its length in bytes, and its UTF-8.
    mutating func text() throws(PackedError) -> String { try text(bytes: try number()) }

    /// The UTF-8 text of `length` bytes.
    mutating func text(bytes length: Int64) throws(PackedError) -> String {
        let start = position
        guard length <= Int64(count - position) else { throw PackedError(.unexpectedEnd, at: count) }
        position += Int(length)
        guard
            let text = unsafe String(
                validating: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        else { throw PackedError(.invalidText, at: start) }
        return text
    }

    mutating func uniqueID() throws(PackedError) -> UniqueID {
        let high = try word(8).byteSwapped
        return UniqueID(high: high, low: try word(8).byteSwapped)
    }

    mutating func group() throws(PackedError) -> GroupID {
        let start = position
        guard let group = GroupID(try text()) else { throw PackedError(.invalidText, at: start) }
        return group
    }

    /// A member's number in its group.
    mutating func memberNumber() throws(PackedError) -> Int { Int(try number(upTo: PackedLimits.largestMember)) }

    mutating func reference() throws(PackedError) -> PackedReference {
        let start = position
        let time = try signedNumber()
        guard Timestamp.writable.contains(Timestamp(milliseconds: time)) else {
            throw PackedError(.numberTooLarge, at: start)
        }
        let latitude = Int32(truncatingIfNeeded: try word(4))
        return PackedReference(
            time: time, latitude: latitude, longitude: Int32(truncatingIfNeeded: try word(4)))
    }

    static func signed(_ value: Int64) -> Int64 { value >> 1 ^ -(value & 1) }
}
