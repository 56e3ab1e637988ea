/// Writes Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding/), as much of it as OTLP needs.
/// Fields are written in the order of their numbers by whoever calls; scalars that have their default value are left out.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        append(tag: field, 0)
        append(varint: value)
    }

    mutating func fixed64(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        append(tag: field, 1)
        append(bigEndian: value.byteSwapped)
    }

    mutating func fixed32(_ field: Int, _ value: UInt32) {
        guard value != 0 else { return }
        append(tag: field, 5)
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    mutating func string(_ field: Int, _ text: String) {
        guard !text.isEmpty else { return }
        append(tag: field, 2)
        append(varint: UInt64(text.utf8.count))
        bytes += text.utf8
    }

    /// The eight bytes of each word, the most significant first.
    mutating func words(_ field: Int, _ words: UInt64...) {
        append(tag: field, 2)
        append(varint: UInt64(words.count * 8))
        for word in words { append(bigEndian: word) }
    }

    /// A message, which is written even if it is empty.
    mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        append(tag: field, 2)
        // Most are short: room for a length of one byte, and more if it has to be.
        let start = bytes.count
        bytes.append(0)
        write(&self)
        var length = bytes.count - start - 1
        if length < 0x80 {
            bytes[start] = UInt8(length)
            return
        }
        var prefix: [UInt8] = []
        while length >= 0x80 {
            prefix.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        prefix.append(UInt8(length))
        bytes.replaceSubrange(start...start, with: prefix)
    }

    // MARK: Members of a oneof, which are written even if they have their default

    mutating func presentString(_ field: Int, _ text: String) {
        append(tag: field, 2)
        append(varint: UInt64(text.utf8.count))
        bytes += text.utf8
    }

    mutating func presentVarint(_ field: Int, _ value: UInt64) {
        append(tag: field, 0)
        append(varint: value)
    }

    mutating func presentFixed64(_ field: Int, _ value: UInt64) {
        append(tag: field, 1)
        append(bigEndian: value.byteSwapped)
    }

    private mutating func append(tag field: Int, _ wireType: UInt64) { append(varint: UInt64(field) << 3 | wireType) }

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func append(bigEndian word: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }
}
