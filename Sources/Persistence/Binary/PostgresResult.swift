internal import CPostgres
package import Model

/// What one statement answered: rows in binary form, or how many rows it touched.
///
/// `@unchecked Sendable`: libpq does not change a result after making it, and only `deinit` frees it.
@safe package final class PostgresResult: @unchecked Sendable {
    private let raw: OpaquePointer
    package let rowCount: Int

    /// - Parameter raw: A `PGresult`, which this object now owns.
    init(raw: OpaquePointer) {
        unsafe self.raw = unsafe raw
        rowCount = Int(unsafe PQntuples(raw))
    }

    deinit { unsafe PQclear(raw) }

    /// Rows inserted, updated, deleted or selected, as Postgres counts them.
    package var affectedRows: Int {
        guard let text = unsafe PQcmdTuples(raw) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    package var columnCount: Int { Int(unsafe PQnfields(raw)) }

    package subscript(row: Int) -> PostgresRow {
        precondition(row >= 0 && row < rowCount, "the result has no such row")
        return PostgresRow(result: self, row: Int32(row))
    }

    package var rows: some Sequence<PostgresRow> { (0..<rowCount).lazy.map { self[$0] } }

    /// The value's bytes during `body`, or `nil` for NULL.
    fileprivate func withValue<Value>(
        row: Int32, column: Int, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value? {
        precondition(column >= 0 && column < columnCount, "the result has no such column")
        let column = Int32(column)
        guard unsafe PQgetisnull(raw, row, column) == 0 else { return nil }
        let length = unsafe Int(PQgetlength(raw, row, column))
        return unsafe body(UnsafeRawBufferPointer(start: PQgetvalue(raw, row, column), count: length))
    }
}

/// One row of a result. Reading a column as another type than it has is a mistake of ours and traps.
package struct PostgresRow: Sendable {
    let result: PostgresResult
    let row: Int32

    package func isNull(_ column: Int) -> Bool {
        unsafe result.withValue(row: row, column: column) { _ in true } == nil
    }

    package func bool(_ column: Int) -> Bool? { integer(column, UInt8.self).map { $0 != 0 } }
    package func int16(_ column: Int) -> Int16? { integer(column, Int16.self) }
    package func int32(_ column: Int) -> Int32? { integer(column, Int32.self) }
    package func int64(_ column: Int) -> Int64? { integer(column, Int64.self) }
    package func double(_ column: Int) -> Double? { integer(column, UInt64.self).map(Double.init(bitPattern:)) }

    package func text(_ column: Int) -> String? {
        unsafe result.withValue(row: row, column: column) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// A `bytea`.
    package func bytes(_ column: Int) -> [UInt8]? {
        unsafe result.withValue(row: row, column: column) { unsafe [UInt8]($0) }
    }

    /// A `uuid`.
    package func uniqueID(_ column: Int) -> UniqueID? {
        unsafe result.withValue(row: row, column: column) { bytes in
            precondition(bytes.count == 16, "the column is no uuid")
            return UniqueID(
                high: UInt64(bigEndian: unsafe bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// A `timestamptz`, cut to whole milliseconds (towards the past).
    package func timestamp(_ column: Int) -> Timestamp? {
        int64(column).map { microseconds in
            let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1000)
            return Timestamp(milliseconds: quotient - (remainder < 0 ? 1 : 0) + Timestamp.postgresEpoch)
        }
    }

    private func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ column: Int, _ type: Integer.Type
    ) -> Integer? {
        unsafe result.withValue(row: row, column: column) { bytes in
            precondition(bytes.count == MemoryLayout<Integer>.size, "the column has another type than it is read as")
            return Integer(bigEndian: unsafe bytes.loadUnaligned(as: Integer.self))
        }
    }
}
