internal import Configuration
internal import EventLoop
internal import Persistence
internal import Telemetry

/// The database a hub or a command works on: an external one, or the private Postgres, started if need be.
struct HubDatabase: Sendable {
    let url: String
    let limits: PostgresLimits
    /// The server this process has started and must stop, if any.
    let server: PrivatePostgres?

    /// Finds or starts the server, and brings its schemas up to date.
    ///
    /// - Parameters:
    ///   - joins: Whether a private Postgres that another hub runs will do; a second hub may not use it.
    ///   - migrates: Whether the schemas are brought up to date; those of a hub that runs never are.
    static func open(
        _ configuration: HubConfiguration, joins: Bool, migrates: Bool = true, on loop: Loop, log: Logger,
        metrics: PersistenceMetrics
    ) async throws(HubError) -> HubDatabase {
        let limits = PostgresLimits(configuration.database)
        if let url = configuration.database.url {
            do throws(PostgresURLError) {
                _ = try PostgresURL(url.revealed)
            } catch {
                throw .database(reason: "\(error)")
            }
            let database = HubDatabase(url: url.revealed, limits: limits, server: nil)
            if migrates { try await database.migrate(on: loop, log) }
            return database
        }
        let options = PrivatePostgresOptions(configuration)
        let server: PrivatePostgres
        do throws(PrivatePostgresError) {
            server = try await PrivatePostgres.start(options, on: loop, log: log, metrics: metrics)
        } catch {
            guard joins, case .inUse = error else { throw .privatePostgres(reason: "\(error)") }
            let found = await loop.offload {
                Result { () throws(PrivatePostgresError) in try PrivatePostgres.urlOfRunning(options) }
            }
            do throws(PrivatePostgresError) {
                return HubDatabase(url: try found.get(), limits: limits, server: nil)
            } catch {
                throw .privatePostgres(reason: "\(error)")
            }
        }
        let database = HubDatabase(url: server.url, limits: limits, server: server)
        do throws(HubError) {
            if migrates { try await database.migrate(on: loop, log) }
        } catch {
            await server.stop()
            throw error
        }
        return database
    }

    private func migrate(on loop: Loop, _ log: Logger) async throws(HubError) {
        let database = Database(url: url, limits: limits, on: [loop])
        do {
            let steps = try await database.withConnection(within: limits.connectTimeout) { connection in
                try await Migrator(areas: Features.migrations, log: log).migrate(on: connection)
            }
            if steps > 0 { log.info("database brought up to date", ["steps": .integer(steps)]) }
        } catch let error as MigrationError {
            throw .migration(reason: "\(error)")
        } catch let error as PostgresError {
            throw .database(reason: error.debugDescription)
        } catch {
            throw .database(reason: "an unexpected fault")
        }
    }
}

extension PostgresLimits {
    init(_ configuration: DatabaseConfiguration) {
        self.init(
            connectTimeout: configuration.connectTimeout, queryTimeout: configuration.statementTimeout,
            connectionsPerLoop: configuration.connectionsPerLoop)
    }
}

extension PrivatePostgresOptions {
    init(_ configuration: HubConfiguration) {
        self.init(
            dataDirectory: configuration.data.directory, programsDirectory: configuration.database.programsDirectory)
        // Those of every loop's pool and journal, and some for commands beside the hub and for Postgres itself.
        let perLoop = configuration.database.connectionsPerLoop + WriteBehindLimits().flights
        maxConnections = max(maxConnections, configuration.server.loopCount * perLoop + 20)
    }
}

extension ServerConfiguration {
    /// One loop a core unless it says otherwise.
    var loopCount: Int { loops > 0 ? loops : LoopGroup.usefulCount }
}
