internal import Configuration
internal import EventLoop
internal import Persistence
internal import Telemetry

/// The database for a command that runs beside a hub or without one.
enum CommandDatabase {
    /// Runs `body` with the hub's database: an external one, the private one of a hub that runs, or the private one started
    /// for as long as `body` takes. Says on the standard error stream why that is not possible.
    static func run(
        _ configuration: HubConfiguration, log: Logger, _ body: (Database) async -> ExitCode
    ) async -> ExitCode {
        do {
            let loop = try Loop.start()
            let found = try await HubDatabase.open(
                configuration, joins: true, on: loop, log: log, metrics: PersistenceMetrics(MetricsRegistry()))
            let database = Database(url: found.url, limits: found.limits, on: [loop])
            database.start()
            let code = await body(database)
            await database.close()
            await found.server?.stop()
            await loop.stop()
            return code
        } catch let error as HubError {
            Terminal.complain("\(error)")
            return error.exitCode
        } catch {
            Terminal.complain("\(error)")
            return .failure
        }
    }
}
