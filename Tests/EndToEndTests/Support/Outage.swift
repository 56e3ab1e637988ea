import HubTesting
import Persistence

/// A Postgres of a test's own that can be away for a while.
final class Outage {
    /// What its hub gives a statement: enough for a busy machine while Postgres is there, and half of what a test waits for
    /// the answer while it is not.
    static let statementTimeout = Duration.seconds(15)

    private let directory: String
    private var server: PrivatePostgres

    init() async throws {
        directory = try TestFiles.directory()
        server = try await Outage.start(directory)
    }

    private static func start(_ directory: String) async throws -> PrivatePostgres {
        var options = PrivatePostgresOptions(dataDirectory: directory)
        options.isDurable = false
        return try await PrivatePostgres.start(
            options, on: Support.loop, log: TestPostgres.log, metrics: TestPostgres.metrics)
    }

    /// What an operator would give the hub.
    var uri: String { "postgres://hub@/postgres?host=\(server.url.split(separator: "'")[1])" }

    /// What libpq connects to.
    var url: String { server.url }

    func begin() async { await server.stop() }

    func end() async throws { server = try await Outage.start(directory) }

    func close() async { await server.stop() }
}
