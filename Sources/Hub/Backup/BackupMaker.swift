internal import EventLoop
internal import Model
internal import Persistence
internal import Synchronization
internal import Telemetry
internal import TerminalText

/// Makes a backup of a database while hubs work on it.
struct BackupMaker: Sendable {
    let url: PostgresURL
    let tools: PostgresTools
    let loop: Loop
    let log: Logger
    let progress: ProgressDisplay
    private let clock = SystemClock()

    init(_ url: PostgresURL, tools: PostgresTools, on loop: Loop, log: Logger, progress: ProgressDisplay) {
        self.url = url
        self.tools = tools
        self.loop = loop
        self.log = log
        self.progress = progress
    }

    /// Writes it, and gives the file its name when all of it is on the disk.
    func write(to path: String) async throws(BackupError) -> BackupManifest {
        let database = Database(url: url.text, on: [loop])
        do {
            return try await database.withConnection { connection in try await dump(connection, to: path) }
        } catch let error as BackupError {
            throw error
        } catch let error as PostgresError {
            throw .postgres("cannot use the database: \(error.debugDescription)")
        } catch {
            throw .postgres("\(error)")
        }
    }

    private func dump(_ connection: PostgresConnection, to path: String) async throws -> BackupManifest {
        let start = clock.now
        // One snapshot for the dump and for what is said of it, however much is written meanwhile.
        try await connection.run(script: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        let session = try await connection.query(PostgresQuery(BackupMaker.session))[0]
        guard session.bool(2) ?? false, let snapshot = session.text(0), let version = session.int32(1) else {
            throw BackupError.noHub
        }
        let steps = try await connection.query(PostgresQuery(BackupMaker.steps)).rows.map { row in
            BackupManifest.Migration(
                area: row.text(0) ?? "", number: Int64(row.int32(1) ?? 0), name: row.text(2) ?? "",
                checksum: row.bytes(3) ?? [])
        }
        let schemas = Set(steps.map(\.area)).sorted()
        guard !schemas.isEmpty else { throw BackupError.noHub }
        let file = try await offload { () throws(BackupError) in try BackupFile(path: path) }
        let full = Mutex<BackupError?>(nil)
        do throws(PostgresToolError) {
            let watch = DumpWatch(url, schemas: schemas, on: loop, progress: progress)
            try await watch.watching { (written) throws(PostgresToolError) in
                try await tools.dump(schemas, extensions: Features.extensions, of: url, snapshot: snapshot, on: loop) {
                    piece throws(PostgresToolError) in
                    do throws(BackupError) {
                        try file.append(piece)
                    } catch {
                        full.withLock { $0 = error }
                        throw .aborted(reason: "\(error)")
                    }
                    written(piece.count)
                }
            }
        } catch {
            if let error = full.withLock({ $0 }) { throw error }
            throw BackupError.postgres("\(error)")
        }
        progress.begin("adding up the tables", .count("tables"))
        let tables = try await TableDigest.all(in: schemas, on: connection) { [progress] done, all in
            progress.expect(Int64(all))
            progress.move(to: Int64(done))
        }
        // A connection that was lost and made anew would have told of another moment.
        let last = try await connection.query(PostgresQuery(BackupMaker.session))[0]
        guard last.int32(3) == session.int32(3) else { throw PostgresError.connectionLost("in the middle of a backup") }
        return try await offload { () throws(BackupError) in
            let manifest = BackupManifest(
                createdAt: start, hub: HubVersion.current, postgres: Int64(version), migrations: steps,
                tables: tables.map(BackupManifest.Table.init),
                dumpBytes: file.dumpBytes, dumpDigest: file.endDump())
            try file.finish(manifest)
            return manifest
        }
    }

    private func offload<Value: Sendable>(
        _ work: @escaping @Sendable () throws(BackupError) -> Value
    ) async throws(BackupError) -> Value {
        let result: Result<Value, BackupError> = await loop.offload {
            Result { () throws(BackupError) in try work() }
        }
        return try result.get()
    }

    private static let session = PostgresStatement(
        "backup.session",
        """
        SELECT pg_export_snapshot(), current_setting('server_version_num')::int,
            to_regclass('core.schema_migrations') IS NOT NULL, pg_backend_pid()
        """)

    private static let steps = PostgresStatement(
        "backup.steps", "SELECT area, number, name, checksum FROM core.schema_migrations ORDER BY area, number")
}
