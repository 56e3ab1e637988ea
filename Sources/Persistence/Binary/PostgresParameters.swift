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
            for element in array { element.encodeElement(into: &bytes) }
        }
    }

    /// Appends a one-dimensional array with one element for each of `rows`; `nil` becomes NULL.
    package mutating func append<Row, Element: PostgresEncodable>(
        column rows: some Collection<Row>, _ element: (Row) -> Element?
    ) {
        append(columnOf: Element.self, count: rows.count) { column in
            for row in rows { column.append(element(row)) }
        }
    }

    /// Appends a one-dimensional array of what `body` adds: `count` elements.
    @inline(__always)
    package mutating func append<Element: PostgresEncodable>(
        columnOf type: Element.Type, count: Int, _ body: (inout PostgresColumn<Element>) -> Void
    ) {
        appendArray(of: type, count: count, hasNulls: true) { bytes in
            var column = PostgresColumn<Element>()
            swap(&column.bytes, &bytes)
            body(&column)
            swap(&column.bytes, &bytes)
            precondition(column.count == count, "a column holds one element for each row")
        }
    }

    /// The header of `array_send`: dimensions, whether NULLs may follow, element type, then size and lower bound.
    @inline(__always)
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
}

/// A column of rows while it is written: their elements one after the other.
package struct PostgresColumn<Element: PostgresEncodable>: ~Copyable {
    fileprivate var bytes: [UInt8] = []
    fileprivate var count = 0

    /// Appends NULL for `nil`.
    @inline(__always)
    package mutating func append(_ element: Element?) {
        count += 1
        if let element { element.encodeElement(into: &bytes) } else { bytes.append(bigEndian: Int32(-1)) }
    }
}
