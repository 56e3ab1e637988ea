package import Model

/// A value that has Postgres's binary form, alone or as an element of an array.
package protocol PostgresEncodable {
    /// The OID of the type (`pg_type.oid`), which a binary array names in its header.
    static var postgresType: UInt32 { get }

    /// Appends the value without its length.
    func encode(into bytes: inout [UInt8])
}

extension Bool: PostgresEncodable {
    package static var postgresType: UInt32 { 16 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
}

extension Int16: PostgresEncodable {
    package static var postgresType: UInt32 { 21 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
}

extension Int32: PostgresEncodable {
    package static var postgresType: UInt32 { 23 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
}

extension Int64: PostgresEncodable {
    package static var postgresType: UInt32 { 20 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
}

extension Double: PostgresEncodable {
    package static var postgresType: UInt32 { 701 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: bitPattern) }
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
extension UniqueID: PostgresEncodable {
    package static var postgresType: UInt32 { 2950 }
    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
    }
}

/// `timestamptz`: microseconds since 2000-01-01T00:00:00Z.
extension Timestamp: PostgresEncodable {
    /// 2000-01-01T00:00:00Z in milliseconds since 1970.
    static let postgresEpoch: Int64 = 946_684_800_000

    package static var postgresType: UInt32 { 1184 }
    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: (milliseconds - Timestamp.postgresEpoch) * 1000)
    }
}

extension [UInt8] {
    /// Appends an integer in network order.
    mutating func append(bigEndian integer: some FixedWidthInteger & BitwiseCopyable) {
        let swapped = integer.bigEndian
        unsafe Swift.withUnsafeBytes(of: swapped) { unsafe append(contentsOf: $0) }
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
