/// The parameters of one statement, `$1` first, in binary form and in one buffer.
package struct PostgresParameters: Sendable {
    /// All values one after the other, after a byte of padding that gives even an empty value an address.
    private(set) var bytes: [UInt8] = [0]
    /// Where each value lies in ``bytes``; `nil` is NULL.
    private(set) var values: [Range<Int>?] = []

    package init() {}

    /// Makes room for values of about that many bytes together.
    package mutating func reserve(bytes count: Int) { bytes.reserveCapacity(count) }

    package mutating func append(_ value: some PostgresEncodable) {
        let start = bytes.count
        value.encode(into: &bytes)
        values.append(start..<bytes.count)
    }

    /// Appends NULL for `nil`.
    package mutating func append(_ value: (some PostgresEncodable)?) {
        if let value { append(value) } else { values.append(nil) }
    }

    /// Appends a one-dimensional array.
    package mutating func append<Element: PostgresEncodable>(array: some Collection<Element>) {
        appendArray(of: Element.self, count: array.count, hasNulls: false) { bytes in
            for element in array { PostgresParameters.encode(element, into: &bytes) }
        }
    }

    /// Appends a one-dimensional array with one element for each of `rows`; `nil` becomes NULL.
    package mutating func append<Row, Element: PostgresEncodable>(
        column rows: some Collection<Row>, _ element: (Row) -> Element?
    ) {
        appendArray(of: Element.self, count: rows.count, hasNulls: true) { bytes in
            for row in rows {
                if let element = element(row) {
                    PostgresParameters.encode(element, into: &bytes)
                } else {
                    bytes.append(bigEndian: Int32(-1))
                }
            }
        }
    }

    /// The header of `array_send`: dimensions, whether NULLs may follow, element type, then size and lower bound.
    private mutating func appendArray<Element: PostgresEncodable>(
        of type: Element.Type, count: Int, hasNulls: Bool, elements: (inout [UInt8]) -> Void
    ) {
        let start = bytes.count
        bytes.append(bigEndian: Int32(count == 0 ? 0 : 1))
        bytes.append(bigEndian: Int32(hasNulls ? 1 : 0))
        bytes.append(bigEndian: Element.postgresType)
        if count > 0 {
            bytes.append(bigEndian: Int32(count))
            bytes.append(bigEndian: Int32(1))
            elements(&bytes)
        }
        values.append(start..<bytes.count)
    }

    @inline(__always)
    private static func encode(_ element: some PostgresEncodable, into bytes: inout [UInt8]) {
        let lengthAt = bytes.count
        bytes.append(bigEndian: Int32(0))
        element.encode(into: &bytes)
        bytes.store(length: bytes.count - lengthAt - 4, at: lengthAt)
    }
}
