/// How much of a database's tables a dump has read.
///
/// An estimate: a table is taken to be read as evenly as its rows are many, and rows are counted by the server's
/// statistics.
struct DumpExtent: Equatable, Sendable {
    struct Table: Equatable, Sendable {
        /// Of a `pg_class` row.
        var id: Int64
        /// Bytes on the disk, without indexes.
        var size: Int64
        /// By the server's statistics; negative if it has none.
        var rows: Int64
    }

    /// A table that is being read.
    struct Copy: Equatable, Sendable {
        var id: Int64
        /// Handed out so far.
        var bytes: Int64
        var rows: Int64
    }

    private let tables: [Int64: Table]
    /// Bytes of each table, of its size.
    private var read: [Int64: Int64] = [:]
    private var current: Set<Int64> = []
    /// Bytes of all tables.
    let total: Int64

    init(_ tables: [Table]) {
        self.tables = Dictionary(tables.map { ($0.id, $0) }) { $1 }
        total = tables.reduce(0) { $0 + max(0, $1.size) }
    }

    /// Bytes of the tables, of ``total``.
    var done: Int64 { read.values.reduce(0, +) }

    /// Takes note of what is being read now. What was before, and is not any more, is read.
    mutating func note(_ copies: [Copy]) {
        let known = copies.filter { tables[$0.id] != nil }
        for id in current.subtracting(known.map(\.id)) { read[id] = tables[id].map { max(0, $0.size) } }
        for copy in known {
            guard let table = tables[copy.id], table.size > 0 else { continue }
            let share =
                table.rows > 0 ? Double(copy.rows) / Double(table.rows) : Double(copy.bytes) / Double(table.size)
            let bytes = Int64(Double(table.size) * min(1, max(0, share)))
            read[copy.id] = max(read[copy.id] ?? 0, min(bytes, table.size))
        }
        current = Set(known.map(\.id))
    }
}
