/// How much is in a table, and what: equal for equal rows in any order.
package struct TableDigest: Hashable, Sendable {
    /// With its schema, such as `core.devices`.
    package var name: String
    package var rows: Int64
    /// The sum of a hash of every row.
    package var checksum: String

    package init(name: String, rows: Int64, checksum: String) {
        self.name = name
        self.rows = rows
        self.checksum = checksum
    }

    /// Reads every table of `schemas` as the connection's transaction sees it, one after another, by name.
    ///
    /// - Parameters:
    ///   - connection: Used by nobody else meanwhile; its session's settings change.
    ///   - progress: Hears of how many tables are read, and how many there are.
    package static func all(
        in schemas: [String], on connection: PostgresConnection, progress: (Int, Int) -> Void = { _, _ in }
    ) async throws(PostgresError) -> [TableDigest] {
        // Rows are hashed as text, whose form is the session's.
        try await connection.run(
            script: """
                SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres';
                SET extra_float_digits = 1; SET bytea_output = 'hex'; SET search_path = '';
                """)
        var parameters = PostgresParameters()
        parameters.append(array: schemas.map { [UInt8]($0.utf8) })
        let tables = try await connection.query(PostgresQuery(list, parameters))
        var digests: [TableDigest] = []
        progress(0, tables.rowCount)
        for row in tables.rows {
            guard let name = row.text(0), let quoted = row.text(1) else { continue }
            let statement = PostgresStatement(
                "digest.\(digests.count)",
                """
                SELECT count(*), coalesce(sum(hashtextextended(hub_row::text, 0)::numeric), 0)::text
                FROM \(quoted) AS hub_row
                """)
            let result = try await connection.query(PostgresQuery(statement), timeout: .seconds(3600))[0]
            digests.append(
                TableDigest(name: name, rows: result.int64(0) ?? 0, checksum: result.text(1) ?? ""))
            progress(digests.count, tables.rowCount)
        }
        return digests
    }

    /// Partitions are read with their tables.
    private static let list = PostgresStatement(
        "digest.tables",
        """
        SELECT n.nspname || '.' || c.relname, format('%I.%I', n.nspname, c.relname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND pg_catalog.convert_to(n.nspname, 'UTF8') = ANY ($1::bytea[])
        ORDER BY 1
        """)
}
