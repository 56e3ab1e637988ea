import EventLoop
import Glibc
import HubTesting
import Persistence

/// A data directory for one test, removed with whatever runs in it.
struct PrivateClusterFixture {
    let directory: String
    let loop: Loop

    var options: PrivatePostgresOptions {
        var options = PrivatePostgresOptions(dataDirectory: directory)
        options.isDurable = false
        options.sharedBuffers = 16
        options.restart = Backoff(shortest: .milliseconds(20), longest: .milliseconds(200))
        return options
    }

    static func with<Value>(_ body: (PrivateClusterFixture) async throws -> Value) async throws -> Value {
        let directory = try TestPostgres.temporaryDirectory("hub-test-cluster")
        let loop = try Loop.start()
        let value = try await body(PrivateClusterFixture(directory: directory, loop: loop))
        await loop.stop()
        return value
    }

    func start(
        _ options: PrivatePostgresOptions? = nil, on loop: Loop? = nil
    ) async throws(PrivatePostgresError) -> PrivatePostgres {
        try await PrivatePostgres.start(
            options ?? self.options, on: loop ?? self.loop, log: TestPostgres.log, metrics: TestPostgres.metrics)
    }

    /// Runs a query given as text on a connection of its own.
    func query(_ sql: String, on postgres: PrivatePostgres) async throws -> PostgresResult {
        let connection = PostgresConnection(url: postgres.url, limits: .patient(), on: loop)
        do {
            try await connection.connected(within: .seconds(60))
            let result = try await connection.query(PostgresQuery(PostgresStatement(sql, sql)))
            await connection.closed()
            return result
        } catch {
            await connection.closed()
            throw error
        }
    }

    /// Whether a process runs that is no zombie.
    static func isRunning(_ pid: Int32) -> Bool {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, 512, file) != nil else { return false }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    /// Writes a file of the test's making.
    func write(_ text: String, to name: String) throws {
        guard let file = fopen(directory + "/" + name, "w") else { throw TestPostgresError.noDirectory(errno) }
        fputs(text, file)
        fclose(file)
    }
}
