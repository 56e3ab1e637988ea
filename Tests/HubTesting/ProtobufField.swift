/// The fields of a Protocol Buffers message, as a test reads them without a schema.
package struct ProtobufField: Equatable, Sendable {
    package let number: Int
    /// Of a varint or a fixed-width field.
    package let integer: UInt64
    /// Of a length-delimited field.
    package let bytes: [UInt8]

    /// The fields of a message in their order; nothing if the bytes are no message.
    package static func all(of bytes: [UInt8]) -> [ProtobufField]? {
        var fields: [ProtobufField] = []
        var rest = bytes[...]
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: 0, to: 64, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << UInt64(shift)
                if byte < 0x80 { return value }
            }
            return nil
        }
        func fixed(_ count: Int) -> UInt64? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        while !rest.isEmpty {
            guard let tag = varint() else { return nil }
            let number = Int(tag >> 3)
            switch tag & 7 {
            case 0:
                guard let value = varint() else { return nil }
                fields.append(ProtobufField(number: number, integer: value, bytes: []))
            case 1, 5:
                guard let value = fixed(tag & 7 == 1 ? 8 : 4) else { return nil }
                fields.append(ProtobufField(number: number, integer: value, bytes: []))
            case 2:
                guard let count = varint(), rest.count >= Int(count) else { return nil }
                fields.append(ProtobufField(number: number, integer: 0, bytes: Array(rest.prefix(Int(count)))))
                rest = rest.dropFirst(Int(count))
            default: return nil
            }
        }
        return fields
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package var hex: String { bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }

    /// The fields of the message it holds.
    package var fields: [ProtobufField] { ProtobufField.all(of: bytes) ?? [] }
}

extension [ProtobufField] {
    package func first(_ number: Int) -> ProtobufField? { first { $0.number == number } }

    package func all(_ number: Int) -> [ProtobufField] { filter { $0.number == number } }
}
