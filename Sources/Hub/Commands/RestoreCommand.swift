internal import Configuration
internal import EventLoop
internal import Glibc
internal import Model
internal import Persistence
internal import Telemetry
internal import TerminalText
internal import Wire

/// `hubd restore FILE`: puts a backup in the place of the database, or of an empty one, while no hub runs on it.
struct RestoreCommand {
    private let invocation: CommandInvocation
    private let configuration: HubConfiguration
    private let log: Logger
    private let progress: ProgressDisplay

    init(_ invocation: CommandInvocation, _ configuration: HubConfiguration, log: LogOutput) {
        self.invocation = invocation
        self.configuration = configuration
        log.level = max(log.level, .warning)
        self.log = Logger("restore", output: log)
        progress = .standardError(isQuiet: invocation.has("quiet"))
    }

    func run() async -> ExitCode {
        do {
            let loop = try Loop.start()
            let code = try await run(on: loop)
            await loop.stop()
            return code
        } catch let error as BackupError {
            Terminal.complain("restore: \(error)")
            return error.exitCode
        } catch let error as PrivatePostgresError {
            Terminal.complain("restore: \(error)")
            return .unavailable
        } catch {
            Terminal.complain("restore: \(error)")
            return .failure
        }
    }

    private func run(on loop: Loop) async throws -> ExitCode {
        let interruption = try await Interruption.watch(on: loop)
        await interruption.add { [progress] in progress.stop() }
        let path = invocation.operands[0]
        let archive = try await progress.showing { try await read(path, on: loop) }
        let manifest = archive.manifest
        try manifest.checkSchema(Features.migrations)
        guard !invocation.has("check") else {
            Terminal.write("\(path): whole, of \(manifest.createdAt.rfc3339), \(manifest.rows) rows\n")
            return .success
        }
        let directory = configuration.database.programsDirectory
        let major = Int(manifest.postgres / 10_000)
        guard let tools = await loop.offload({ PostgresTools.find(in: directory, preferring: major) }) else {
            throw BackupError.postgres("pg_restore and psql are needed (apt-get install postgresql-client)")
        }
        let restorer = BackupRestorer(tools, on: loop, progress: progress)
        if let url = configuration.database.url {
            try await restore(archive, into: try PostgresURL(url.revealed), with: restorer, on: loop)
        } else {
            try await restorePrivate(archive, with: restorer, on: loop, interruption)
        }
        return .success
    }

    private func read(_ path: String, on loop: Loop) async throws -> BackupArchive {
        progress.begin("reading the backup", .bytes)
        return try await loop.offload { [progress] in
            Result { () throws(BackupError) in
                try BackupArchive(path: path) { done, size in
                    progress.expect(size)
                    progress.move(to: done)
                }
            }
        }.get()
    }

    // MARK: The private cluster

    /// A new cluster is made beside the old one, and takes its place when all of it is there and compared.
    private func restorePrivate(
        _ archive: BackupArchive, with restorer: BackupRestorer, on loop: Loop, _ interruption: Interruption
    ) async throws {
        let data = configuration.data.directory
        let opened = await loop.offload {
            Result { () throws(PrivatePostgresError) in try ClusterReplacement(directory: data) }
        }
        let replacement: ClusterReplacement
        do throws(PrivatePostgresError) {
            replacement = try opened.get()
        } catch {
            guard case .inUse = error else { throw error }
            throw BackupError.running(data)
        }
        do {
            if await loop.offload({ replacement.hasFiles }), !invocation.has("force") {
                throw BackupError.notEmpty(data)
            }
            await interruption.add { [workshop = replacement.workshop] in ScratchCluster.abandon(workshop) }
            try await progress.showing {
                try await fill(replacement.workshop, from: archive, with: restorer, on: loop)
            }
            let time = SystemClock().now.rfc3339.prefix(19).filter { $0.isNumber || $0 == "T" }
            let kept = try await loop.offload {
                Result { () throws(PrivatePostgresError) in try replacement.replace(keepingOldAs: "before-\(time)Z") }
            }.get()
            await loop.offload { replacement.end() }
            tell(archive.manifest, kept.map { "; what was there before is in \($0), delete it when all is well" } ?? "")
        } catch {
            await loop.offload { replacement.end() }
            throw error
        }
    }

    private func fill(
        _ workshop: String, from archive: BackupArchive, with restorer: BackupRestorer, on loop: Loop
    ) async throws {
        progress.begin("starting a Postgres", .time)
        let scratch = try await ScratchCluster.start(
            in: workshop, programsDirectory: configuration.database.programsDirectory, isDurable: true,
            on: loop, log: log, metrics: PersistenceMetrics(MetricsRegistry()))
        do {
            let version = try await RestoreCommand.version(of: scratch.postgres.url, on: loop)
            try archive.manifest.checkPostgres(version: version)
            try await restorer.restore(archive, into: try PostgresURL(scratch.postgres.url), replacing: [])
        } catch {
            await scratch.stop()
            throw error
        }
        await scratch.stop()
    }

    // MARK: Another database

    private func restore(
        _ archive: BackupArchive, into url: PostgresURL, with restorer: BackupRestorer, on loop: Loop
    ) async throws {
        let database = Database(url: url.text, limits: PostgresLimits(configuration.database), on: [loop])
        // What the backup has, and what this hub would have: of either there must be nothing left.
        let schemas = Set(archive.manifest.migrations.map(\.area)).union(Features.migrations.map(\.name)).sorted()
        let row: (version: Int, hubs: Int, schemas: Int)
        do {
            row = try await database.withConnection(within: configuration.database.connectTimeout) { connection in
                var parameters = PostgresParameters()
                parameters.append(array: schemas.map { [UInt8]($0.utf8) })
                let row = try await connection.query(PostgresQuery(RestoreCommand.target, parameters))[0]
                return (Int(row.int32(0) ?? 0), Int(row.int32(1) ?? 0), Int(row.int32(2) ?? 0))
            }
        } catch let error as PostgresError {
            throw BackupError.postgres("cannot use the database: \(error.debugDescription)")
        }
        try archive.manifest.checkPostgres(version: row.version)
        guard row.hubs == 0 else { throw BackupError.running("the database") }
        guard row.schemas == 0 || invocation.has("force") else { throw BackupError.notEmpty("the database") }
        try await progress.showing { () async throws(BackupError) in
            try await restorer.restore(archive, into: url, replacing: schemas)
        }
        tell(archive.manifest, "")
    }

    // MARK: Both

    private func tell(_ manifest: BackupManifest, _ more: String) {
        Terminal.write(
            "restored \(manifest.rows) rows of \(manifest.tables.count) tables, as of \(manifest.createdAt.rfc3339)\(more)\n"
        )
    }

    private static func version(of url: String, on loop: Loop) async throws(BackupError) -> Int {
        do {
            return try await Database(url: url, on: [loop]).withConnection { connection in
                Int(try await connection.query(PostgresQuery(serverVersion))[0].int32(0) ?? 0)
            }
        } catch {
            throw .postgres("\(error)")
        }
    }

    private static let serverVersion = PostgresStatement(
        "restore.version", "SELECT current_setting('server_version_num')::int")

    /// A hub's connections bear its name (unless the URL gives them another).
    private static let target = PostgresStatement(
        "restore.target",
        """
        SELECT current_setting('server_version_num')::int,
            (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()
                AND application_name = 'presence-hub' AND pid <> pg_backend_pid()),
            (SELECT count(*)::int FROM pg_namespace WHERE convert_to(nspname, 'UTF8') = ANY ($1::bytea[]))
        """)
}
