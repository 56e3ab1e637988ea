internal import Configuration
internal import EventLoop
internal import Model
internal import Persistence
internal import Telemetry

/// Looks at everything a hub depends on, whether one runs or not, and changes nothing.
struct Doctor: Sendable {
    private let configuration: HubConfiguration
    private let error: ConfigurationError?
    private let loop: Loop
    private let log: Logger
    private let clock = SystemClock()

    /// - Parameter error: What is wrong with the configuration; then `configuration` is the defaults.
    init(_ configuration: HubConfiguration, error: ConfigurationError?, on loop: Loop, log: Logger) {
        self.configuration = configuration
        self.error = error
        self.loop = loop
        self.log = log
    }

    func examine() async -> DoctorReport {
        var report = DoctorReport()
        report.findings += ConfigurationChecks.findings(configuration, error: error)
        let machine = await loop.offload { [configuration] in MachineFacts(lookingAt: configuration) }
        report.findings += MachineChecks.findings(machine, configuration)
        report.findings += PortChecks.findings(
            await PortFacts.look(at: configuration.server, on: loop), configuration.server)
        report.findings += await loop.offload { [configuration, now = clock.now] in
            CertificateChecks.findings(configuration.server, at: now)
        }
        // A configuration that is wrong may name no database, or another.
        if error == nil { report.findings += await database() }
        return report
    }

    private func database() async -> [Finding] {
        if let url = configuration.database.url?.revealed {
            do throws(PostgresURLError) {
                _ = try PostgresURL(url)
            } catch {
                return [unreachable("\(error)")]
            }
            return await findings(at: url)
        }
        let state = await loop.offload { [options = PrivatePostgresOptions(configuration)] in
            PrivateClusterState(options)
        }
        let findings = PrivateClusterChecks.findings(state, configuration)
        guard let url = state.runningURL else { return findings }
        return findings + (await self.findings(at: url))
    }

    private func findings(at url: String) async -> [Finding] {
        let limits = PostgresLimits(configuration.database)
        let database = Database(url: url, limits: limits, on: [loop])
        do {
            let facts = try await database.withConnection(within: limits.connectTimeout) { [clock, log] connection in
                try await DatabaseFacts(asking: connection, clock: clock, log: log)
            }
            return [.ok("database.reachable", "it answers")] + DatabaseChecks.findings(facts, configuration)
        } catch let error as PostgresError {
            return [unreachable(error.debugDescription)]
        } catch {
            return [unreachable("an unexpected fault")]
        }
    }

    private func unreachable(_ reason: String) -> Finding {
        .error(
            "database.reachable", reason,
            means: "The hub does not start without its database; one that runs acknowledges nothing until it is back.",
            do: configuration.database.url == nil
                ? "Read postgres.log in data.dir." : "Check database.url, the server, and what is between them.")
    }
}
