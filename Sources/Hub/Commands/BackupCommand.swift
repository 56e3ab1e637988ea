internal import Configuration
internal import EventLoop
internal import Glibc
internal import Model
internal import Persistence
internal import Telemetry
internal import TerminalText
internal import Wire

/// `hubd backup TARGET`: a backup of the database, while hubs work on it or without one.
struct BackupCommand {
    private let invocation: CommandInvocation
    private let configuration: HubConfiguration
    private let log: Logger
    private let progress: ProgressDisplay

    init(_ invocation: CommandInvocation, _ configuration: HubConfiguration, log: LogOutput) {
        self.invocation = invocation
        self.configuration = configuration
        log.level = max(log.level, .warning)
        self.log = Logger("backup", output: log)
        progress = .standardError(isQuiet: invocation.has("quiet"))
    }

    func run() async -> ExitCode {
        do {
            let loop = try Loop.start()
            let code = try await run(on: loop)
            await loop.stop()
            return code
        } catch let error as BackupError {
            Terminal.complain("backup: \(error)")
            return error.exitCode
        } catch let error as HubError {
            Terminal.complain("backup: \(error)")
            return error.exitCode
        } catch {
            Terminal.complain("backup: \(error)")
            return .failure
        }
    }

    private func run(on loop: Loop) async throws -> ExitCode {
        let interruption = try await Interruption.watch(on: loop)
        await interruption.add { [progress] in progress.stop() }
        let options = PrivatePostgresOptions(configuration)
        let isPrivate = configuration.database.url == nil
        let filesMajor = isPrivate ? await loop.offload { PrivateClusterState(options).filesMajor } : nil
        // A command that looks for data must not make an empty database.
        guard !isPrivate || filesMajor != nil else { throw BackupError.noHub }
        let directory = configuration.database.programsDirectory
        guard let tools = await loop.offload({ PostgresTools.find(in: directory, preferring: filesMajor) }) else {
            throw BackupError.postgres("pg_dump, pg_restore and psql are needed (apt-get install postgresql-client)")
        }
        // The schema is left as it is: whoever makes a backup before an upgrade has the new hub's program already.
        let found = try await HubDatabase.open(
            configuration, joins: true, migrates: false, on: loop, log: log,
            metrics: PersistenceMetrics(MetricsRegistry()))
        do {
            let path = await loop.offload { [target = invocation.operands[0]] in BackupCommand.path(of: target) }
            await interruption.add { BackupFile.giveUp(path) }
            let maker = BackupMaker(try PostgresURL(found.url), tools: tools, on: loop, log: log, progress: progress)
            let manifest = try await progress.showing {
                let manifest = try await maker.write(to: path)
                await interruption.removeLast()
                if invocation.has("verify") { try await verify(path, with: tools, on: loop, interruption) }
                return manifest
            }
            await found.server?.stop()
            tell(manifest, path)
            return .success
        } catch {
            await found.server?.stop()
            throw error
        }
    }

    /// A directory gets a file of its own in it, named by the time.
    private static func path(of target: String) -> String {
        var status = stat()
        let isDirectory = unsafe stat(target, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        guard isDirectory || target.hasSuffix("/") else { return target }
        let time = SystemClock().now.rfc3339.prefix(19).filter { $0.isNumber || $0 == "T" }
        return target + (target.hasSuffix("/") ? "" : "/") + "presence-hub-\(time)Z.tar"
    }

    /// Reads it back, restores it into a cluster of its own, and compares.
    private func verify(
        _ path: String, with tools: PostgresTools, on loop: Loop, _ interruption: Interruption
    ) async throws {
        progress.begin("reading it back", .bytes)
        let archive = try await loop.offload { [progress] in
            Result { () throws(BackupError) in
                try BackupArchive(path: path) { done, size in
                    progress.expect(size)
                    progress.move(to: done)
                }
            }
        }.get()
        progress.begin("starting a Postgres", .time)
        let data = configuration.data.directory
        let made = await loop.offload {
            Result { () throws(PrivatePostgresError) in try ScratchCluster.makeParent(data) }
        }
        try made.get()
        let workshop = "\(data)/verify.new"
        await interruption.add { ScratchCluster.abandon(workshop) }
        let scratch = try await ScratchCluster.start(
            in: workshop, programsDirectory: configuration.database.programsDirectory,
            isDurable: false, on: loop, log: log, metrics: PersistenceMetrics(MetricsRegistry()))
        do {
            try await BackupRestorer(tools, on: loop, progress: progress).restore(
                archive, into: try PostgresURL(scratch.postgres.url), replacing: [])
            await scratch.discard()
        } catch {
            await scratch.discard()
            throw error
        }
    }

    private func tell(_ manifest: BackupManifest, _ path: String) {
        let isVerified = invocation.has("verify")
        guard !invocation.has("json") else {
            let bytes = JSONWriter.bytes { json in
                json.object { json in
                    json.member("file", path)
                    json.member("createdAt", manifest.createdAt)
                    json.member("bytes", manifest.dumpBytes)
                    json.member("rows", manifest.rows)
                    json.member("verified", isVerified)
                }
            }
            return Terminal.write(String(decoding: bytes, as: UTF8.self) + "\n")
        }
        Terminal.write(
            "\(path): \(manifest.rows) rows of \(manifest.tables.count) tables\(isVerified ? ", restored and compared" : "")\n"
        )
    }
}

extension BackupManifest {
    var rows: Int64 { tables.reduce(0) { $0 + $1.rows } }
}
