internal import CSQLite

/// A statement that is read row by row.
@safe struct Statement: ~Copyable {
    private let raw: OpaquePointer

    /// - Parameter fault: What it means if SQLite does not know a table or a column.
    init(_ text: String, on database: OpaquePointer, or fault: GeoPackageError) throws(GeoPackageError) {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(database, text, -1, &prepared, nil)
        guard code == SQLITE_OK, let prepared = unsafe prepared else {
            throw code & 0xFF == SQLITE_ERROR ? fault : .damaged
        }
        unsafe raw = unsafe prepared
    }

    deinit { unsafe sqlite3_finalize(raw) }

    /// Binds the one parameter.
    func bind(_ text: String) {
        // SQLITE_TRANSIENT, a macro that Swift cannot see: SQLite copies the text.
        unsafe sqlite3_bind_text(raw, 1, text, -1, unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self))
    }

    /// Goes to the next row, if there is one.
    func step() throws(GeoPackageError) -> Bool {
        switch unsafe sqlite3_step(raw) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        default: throw .damaged
        }
    }

    func integer(_ column: Int) -> Int { Int(unsafe sqlite3_column_int64(raw, CInt(column))) }

    func bytes(_ column: Int) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(raw, CInt(column)) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(raw, CInt(column)))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func text(_ column: Int) -> String? {
        guard let start = unsafe sqlite3_column_text(raw, CInt(column)) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(raw, CInt(column)))
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
