package import Model

/// A value that has Postgres's binary form, alone or as an element of an array.
package protocol PostgresEncodable {
    /// The OID of the type (`pg_type.oid`), which a binary array names in its header.
    static var postgresType: UInt32 { get }

    /// Appends the value without its length.
    func encode(into bytes: inout [UInt8])

    /// Appends the value behind its length, as an element of an array.
    func encodeElement(into bytes: inout [UInt8])
}

extension PostgresEncodable {
    package func encodeElement(into bytes: inout [UInt8]) {
        let lengthAt = bytes.count
        bytes.append(bigEndian: Int32(0))
        encode(into: &bytes)
        bytes.store(length: bytes.count - lengthAt - 4, at: lengthAt)
    }
}

/// A value whose binary form is one integer in network order: written with its length in one go, because columns of them
/// are most of what the journal sends.
package protocol PostgresFixedWidth: PostgresEncodable {
    associatedtype Bits: FixedWidthInteger & BitwiseCopyable

    var postgresBits: Bits { get }
}

extension PostgresFixedWidth {
    @inline(__always)
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: postgresBits) }

    @inline(__always)
    package func encodeElement(into bytes: inout [UInt8]) {
        let width = MemoryLayout<Bits>.size
        let length = Int32(truncatingIfNeeded: width).bigEndian
        let value = postgresBits.bigEndian
        bytes.append(addingCapacity: 4 + width) { output in
            unsafe output.withUnsafeMutableBufferPointer { room, count in
                let start = UnsafeMutableRawBufferPointer(room)
                unsafe start.storeBytes(of: length, toByteOffset: 0, as: Int32.self)
                unsafe start.storeBytes(of: value, toByteOffset: 4, as: Bits.self)
                count = 4 + width
            }
        }
    }
}

extension Bool: PostgresEncodable {
    package static var postgresType: UInt32 { 16 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
}

extension Int16: PostgresFixedWidth {
    package static var postgresType: UInt32 { 21 }
    package var postgresBits: Int16 { self }
}

extension Int32: PostgresFixedWidth {
    package static var postgresType: UInt32 { 23 }
    package var postgresBits: Int32 { self }
}

extension Int64: PostgresFixedWidth {
    package static var postgresType: UInt32 { 20 }
    package var postgresBits: Int64 { self }
}

extension Double: PostgresFixedWidth {
    package static var postgresType: UInt32 { 701 }
    package var postgresBits: UInt64 { bitPattern }
}

extension String: PostgresEncodable {
    package static var postgresType: UInt32 { 25 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
}

/// `bytea`.
extension [UInt8]: PostgresEncodable {
    package static var postgresType: UInt32 { 17 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
}

/// `uuid`.
extension UniqueID: PostgresFixedWidth {
    package static var postgresType: UInt32 { 2950 }
    package var postgresBits: UInt128 { UInt128(high) << 64 | UInt128(low) }
}

/// `timestamptz`: microseconds since 2000-01-01T00:00:00Z.
extension Timestamp: PostgresFixedWidth {
    /// 2000-01-01T00:00:00Z in milliseconds since 1970.
    static let postgresEpoch: Int64 = 946_684_800_000

    package static var postgresType: UInt32 { 1184 }
    package var postgresBits: Int64 { (milliseconds - Timestamp.postgresEpoch) * 1000 }
}

extension [UInt8] {
    /// Appends an integer in network order.
    @inline(__always)
    mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(bigEndian integer: Integer) {
        let swapped = integer.bigEndian
        let width = MemoryLayout<Integer>.size
        append(addingCapacity: width) { output in
            unsafe output.withUnsafeMutableBufferPointer { room, count in
                unsafe UnsafeMutableRawBufferPointer(room).storeBytes(of: swapped, as: Integer.self)
                count = width
            }
        }
    }

    /// Writes a 32-bit length in network order over four bytes that are already there.
    mutating func store(length: Int, at offset: Int) {
        let value = UInt32(bitPattern: Int32(length))
        self[offset] = UInt8(truncatingIfNeeded: value >> 24)
        self[offset + 1] = UInt8(truncatingIfNeeded: value >> 16)
        self[offset + 2] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 3] = UInt8(truncatingIfNeeded: value)
    }
}
