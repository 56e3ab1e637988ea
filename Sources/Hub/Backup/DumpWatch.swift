internal import EventLoop
internal import Persistence
internal import TerminalText

/// Shows how far a dump is: by what the server says of the tables that are being copied, or, where it says nothing, by
/// what the dump has come to.
///
/// It asks over a connection of its own, and a question that fails is not asked again: no dump fails because of it.
struct DumpWatch: Sendable {
    private let url: PostgresURL
    private let schemas: [String]
    private let loop: Loop
    private let progress: ProgressDisplay

    private static let step = "dumping the database"

    init(_ url: PostgresURL, schemas: [String], on loop: Loop, progress: ProgressDisplay) {
        self.url = url
        self.schemas = schemas
        self.loop = loop
        self.progress = progress
    }

    /// - Parameter dump: Makes the dump, and says how many bytes more it has come to.
    func watching<Failure: Error>(
        _ dump: (@escaping @Sendable (Int) -> Void) async throws(Failure) -> Void
    ) async throws(Failure) {
        let database = Database(url: url.text, on: [loop])
        guard let extent = try? await database.withConnection({ try await extent(on: $0) }), extent.total > 0 else {
            progress.begin(DumpWatch.step, .bytes)
            return try await dump { [progress] in progress.advance(by: Int64($0)) }
        }
        progress.begin(DumpWatch.step, .bytes, total: extent.total, isEstimate: true)
        try await following(extent, database, dump)
        progress.move(to: extent.total)
    }

    /// Is over when nobody follows any more.
    private func following<Failure: Error>(
        _ extent: DumpExtent, _ database: Database,
        _ dump: (@escaping @Sendable (Int) -> Void) async throws(Failure) -> Void
    ) async throws(Failure) {
        async let _ = follow(extent, database)
        try await dump { _ in }
    }

    @concurrent
    private func follow(_ start: DumpExtent, _ database: Database) async {
        try? await database.withConnection { connection in
            var extent = start
            while !Task.isCancelled {
                let rows = try await connection.query(PostgresQuery(DumpWatch.copies)).rows
                extent.note(
                    rows.map {
                        DumpExtent.Copy(id: $0.int64(0) ?? 0, bytes: $0.int64(1) ?? 0, rows: $0.int64(2) ?? 0)
                    })
                progress.move(to: extent.done)
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func extent(on connection: PostgresConnection) async throws(PostgresError) -> DumpExtent {
        var parameters = PostgresParameters()
        parameters.append(array: schemas.map { [UInt8]($0.utf8) })
        let rows = try await connection.query(PostgresQuery(DumpWatch.tables, parameters)).rows
        return DumpExtent(
            rows.map {
                DumpExtent.Table(id: $0.int64(0) ?? 0, size: $0.int64(1) ?? 0, rows: $0.int64(2) ?? -1)
            })
    }

    /// A table that is dropped meanwhile has no size.
    private static let tables = PostgresStatement(
        "backup.tables",
        """
        SELECT c.oid::bigint, pg_table_size(c.oid), c.reltuples::bigint
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND convert_to(n.nspname, 'UTF8') = ANY ($1::bytea[])
        """)

    /// Of every dump of the database, should there be two.
    private static let copies = PostgresStatement(
        "backup.copies",
        """
        SELECT relid::bigint, bytes_processed, tuples_processed FROM pg_stat_progress_copy
        WHERE datname = current_database() AND command = 'COPY TO' AND relid IS NOT NULL
        """)
}
