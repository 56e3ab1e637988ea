internal import EventLoop
internal import Glibc
package import Persistence
internal import Synchronization
package import Telemetry

/// One real private Postgres for all tests of this process, started when the first test asks for it.
///
/// Every test gets a database of its own, copied from a template that has the schemas it wants, so that tests run in
/// parallel. `fsync` is off: tests of durability start a ``PrivatePostgres`` of their own.
package actor TestPostgres {
    /// One for the process.
    package static let shared = TestPostgres()

    /// How long connecting may take: far beyond what it does, because every test at once may be on the processors.
    fileprivate static let patience = Duration.seconds(60)

    private var running: Task<Server, any Error>?
    private var counter = 0
    /// Templates that have schemas beside the core's, each made when the first test wants those.
    private var templates: [[MigrationArea]: Task<String, any Error>] = [:]

    private struct Server {
        let loop: Loop
        let postgres: PrivatePostgres
        let admin: PostgresConnection
        let directory: String
    }

    /// A log for tests that look at none.
    package static let log = Logger(
        "test", output: LogOutput(level: .error, format: .json, descriptor: open("/dev/null", O_WRONLY | O_CLOEXEC)))
    package static let metrics = PersistenceMetrics(MetricsRegistry())

    /// A fresh database with the core's schema and partitions, removed by ``TestDatabase/drop()`` or with the server.
    ///
    /// - Parameters:
    ///   - isMigrated: Whether it has the core's schema; empty otherwise.
    ///   - areas: Whose schemas it has beside the core's.
    package func database(isMigrated: Bool = true, areas: [MigrationArea] = []) async throws -> TestDatabase {
        let server = try await server()
        counter += 1
        let name = "test_\(counter)"
        let template = isMigrated ? try await template(with: areas, on: server) : "template0"
        return try await TestPostgres.copy(template, as: name, on: server)
    }

    private func template(with areas: [MigrationArea], on server: Server) async throws -> String {
        guard !areas.isEmpty else { return TestPostgres.coreTemplate }
        if let template = templates[areas] { return try await template.value }
        let name = "template_areas_\(templates.count + 1)"
        let task = Task {
            try await TestPostgres.copy(TestPostgres.coreTemplate, as: name, on: server).migrate([.core] + areas)
            return name
        }
        templates[areas] = task
        return try await task.value
    }

    private static let coreTemplate = "template_core"

    private static func copy(_ template: String, as name: String, on server: Server) async throws -> TestDatabase {
        try await server.admin.run(script: "CREATE DATABASE \(name) TEMPLATE \(template)", timeout: .seconds(60))
        let url = server.postgres.url.replacing("dbname=postgres", with: "dbname=\(name)")
        return TestDatabase(name: name, url: url, admin: server.admin)
    }

    private func server() async throws -> Server {
        if let running { return try await running.value }
        let task = Task { try await TestPostgres.start() }
        running = task
        return try await task.value
    }

    private static func start() async throws -> Server {
        let directory = try temporaryDirectory("hub-test-pg")
        let loop = try Loop.start()
        var options = PrivatePostgresOptions(dataDirectory: directory)
        options.isDurable = false
        options.maxConnections = 300
        let postgres = try await PrivatePostgres.start(options, on: loop, log: log, metrics: metrics)
        let admin = PostgresConnection(url: postgres.url, limits: .patient(), on: loop)
        try await admin.connected(within: TestPostgres.patience)
        let server = Server(loop: loop, postgres: postgres, admin: admin, directory: directory)
        let template = try await copy("template0", as: coreTemplate, on: server)
        try await template.migrate(
            [.core], then: "SELECT core.ensure_location_partitions(current_date - 1, current_date + 1)")
        return server
    }

    /// A new directory that any user may enter. A watchdog process removes it when this one ends, however it ends, and before
    /// that kills the processes that a file `children` in it names, and stops the servers that run in it or its folders.
    package static func temporaryDirectory(_ prefix: String) throws -> String {
        try makeDirectory(try scratch.get() + "/" + prefix)
    }

    /// Where all of them are.
    private static let scratch = Result<String, any Error> {
        let path = try makeDirectory((hasRoomInMemory ? "/dev/shm" : "/tmp") + "/hub-tests")
        try startWatchdog(removing: path)
        return path
    }

    /// To make and remove the files of hundreds of databases is a tenth of all that the tests do where they are on a disk.
    private static var hasRoomInMemory: Bool {
        var space = statvfs()
        guard statvfs("/dev/shm", &space) == 0, space.f_flag & noExecution == 0 else { return false }
        return space.f_bavail * space.f_frsize >= 4 << 30
    }

    private static func makeDirectory(_ prefix: String) throws -> String {
        var path = Array("\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&path) != nil else { throw TestPostgresError.noDirectory(errno) }
        chmod(path, 0o755)
        return String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Starts a process that waits for this one to end, which closes a socket that only this one holds open, and cleans up.
    private static func startWatchdog(removing directory: String) throws {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw TestPostgresError.noWatchdog(errno) }
        let script = """
            trap '' INT TERM HUP
            read -r _
            for file in "$1"/*/children; do
                [ -s "$file" ] && kill -KILL $(cat "$file")
            done
            for file in "$1"/*/postgres/postmaster.pid "$1"/*/*/postgres/postmaster.pid "$1"/*/*/*/postgres/postmaster.pid; do
                [ -f "$file" ] && kill -QUIT "$(head -n 1 "$file")"
            done
            for attempt in 1 2 3 4 5 6 7 8 9 10; do
                rm -rf "$1" 2>/dev/null && exit 0
                sleep 0.2
            done
            """
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        // A session of its own: a Ctrl-C at the terminal must not end the watchdog first.
        posix_spawnattr_setflags(&attributes, spawnSetsid)
        let texts: [String] = ["sh", "-c", script, "watchdog", directory]
        let arguments: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environ)
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        close(ends[0])
        guard result == 0 else { throw TestPostgresError.noWatchdog(result) }
        // ends[1] stays open for as long as this process lives.
    }
}

/// `ST_NOEXEC`, which is glibc's own and not imported.
private let noExecution: UInt = 8

/// `POSIX_SPAWN_SETSID`, which is glibc's own and not imported.
private let spawnSetsid: Int16 = 0x80

/// Why tests have no Postgres; the number is an `errno`.
package enum TestPostgresError: Error {
    case noDirectory(Int32)
    case noWatchdog(Int32)
}

/// A database that belongs to one test.
package struct TestDatabase: Sendable {
    package let name: String
    /// What libpq connects to.
    package let url: String
    private let admin: PostgresConnection

    fileprivate init(name: String, url: String, admin: PostgresConnection) {
        self.name = name
        self.url = url
        self.admin = admin
    }

    /// Makes or brings up to date the schemas of `areas`, and runs a script.
    package func migrate(_ areas: [MigrationArea], then script: String = "") async throws {
        let connection = PostgresConnection(url: url, limits: .patient(), on: admin.loop)
        try await connection.connected(within: TestPostgres.patience)
        do {
            _ = try await Migrator(areas: areas, log: TestPostgres.log).migrate(on: connection)
            if !script.isEmpty { try await connection.run(script: script, timeout: .seconds(60)) }
            await connection.closed()
        } catch {
            await connection.closed()
            throw error
        }
    }

    /// Removes the database, ending the sessions that are still in it.
    package func drop() async throws {
        try await admin.run(script: "DROP DATABASE \(name) WITH (FORCE)", timeout: .seconds(60))
    }
}
