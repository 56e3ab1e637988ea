internal import Actors
package import Configuration
internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Jobs
internal import Model
internal import Persistence
package import Systemd
internal import TLS
package import Telemetry
internal import Wire

/// A running hub: everything joined, serving until it is stopped.
package final class Hub: Sendable {
    /// The port it listens on; the one the kernel chose if 0 was asked for.
    package let port: Int
    package let metrics: MetricsRegistry

    private let configuration: HubConfiguration
    private let log: Logger
    let loops: LoopGroup
    private let database: Database
    private let server: PrivatePostgres?
    private let nodes: [LoopNode]
    private let fronts: [LoopFront]
    private let streamServices: [any StreamService]
    private let upkeep: HubUpkeep
    private let tracing: HubTracing?
    private let jobs: JobService
    private let areas: FeatureRunner
    private let reloading: HubReload

    /// Starts everything, and returns when connections are accepted.
    ///
    /// Nothing is left running when it throws.
    ///
    /// - Parameter activation: Listening sockets in place of `server.host` and `server.port`.
    package static func start(
        _ configuration: HubConfiguration, log: LogOutput, activation: ActivationSockets? = nil
    ) async throws(HubError) -> Hub {
        let loops: LoopGroup
        do throws(LoopError) {
            loops = try LoopGroup.start(count: configuration.server.loopCount)
        } catch {
            throw .loop(reason: "\(error)")
        }
        // Positions wait for their tick anyway; what a turn may gather of them costs nobody anything (docs/adr/0008).
        let spacing = min(configuration.fanout.tick / 50, .milliseconds(5))
        for loop in loops.loops { loop.execute { loop.turnSpacing = spacing } }
        let logger = Logger("hub", output: log)
        do throws(HubError) {
            return try await assemble(configuration, on: loops, output: log, log: logger, activation: activation)
        } catch {
            await loops.stop()
            throw error
        }
    }

    private static func assemble(
        _ configuration: HubConfiguration, on loops: LoopGroup, output: LogOutput, log: Logger,
        activation: ActivationSockets?
    ) async throws(HubError) -> Hub {
        let certificate = try Hub.certificate(configuration.server)
        let masterKey = try Hub.masterKey(configuration)
        let providers = try Hub.identityProviders(configuration)
        if activation == nil { try await HubListening.probe(configuration.server, on: loops) }
        let metrics = MetricsRegistry()
        let persistence = PersistenceMetrics(metrics)
        let found = try await HubDatabase.open(
            configuration, joins: false, on: loops.loops[0], log: log.component("postgres"), metrics: persistence)
        let tracing: HubTracing?
        do throws(HubError) {
            tracing = try await HubTracing.start(configuration.telemetry, metrics: metrics, log: log)
        } catch {
            await found.server?.stop()
            throw error
        }
        let database = Database(
            url: found.url, limits: found.limits, on: loops.loops, log: log.component("postgres"),
            tracer: tracing?.tracer)
        database.start()
        let assembly = HubAssembly(
            configuration, loops: loops, database: database, url: found.url, log: log, metrics: metrics,
            persistence: persistence, masterKey: masterKey, identityProviders: providers,
            tracer: tracing?.tracer)
        let nodes = await assembly.makeNodes()
        await HubMetrics.register(nodes, database: database, in: metrics)
        let (registry, features) = assembly.makeRegistry(nodes)
        for node in nodes {
            await node.loop.run { [bearers = registry.bearers, services = registry.streamServices] in
                node.keys.bearers = bearers
                node.services = services
            }
        }
        let table = assembly.makeTable(registry)
        do throws(HubError) {
            let upkeep = HubUpkeep(
                database: database, nodes: nodes, audit: assembly.audit, bearers: registry.bearers)
            try await upkeep.prepare()
            for feature in features { await feature.prepare() }
            let fronts = try await HubListening.open(
                configuration, nodes: nodes, table: table, rules: assembly.makeRules(for: table),
                services: assembly.services(nodes), certificate: certificate, activation: activation)
            // What takes a changed configuration over. What is not named here needs a restart.
            let reloading = HubReload(
                [
                    LogLevelReload(output: output), RateLimitsReload(fronts: fronts, nodes: nodes),
                    ConnectionLimitsReload(fronts: fronts), CertificateReload(box: certificate),
                    KeysReload(upkeep: upkeep),
                ], started: configuration, log: log)
            let hub = Hub(
                configuration, log: log, loops: loops, database: database, server: found.server, nodes: nodes,
                fronts: fronts, streamServices: registry.streamServices, upkeep: upkeep,
                jobs: assembly.makeJobs(registry), areas: FeatureRunner(features), reloading: reloading,
                metrics: metrics, tracing: tracing)
            log.info(
                "serving",
                [
                    "host": .string(configuration.server.host), "port": .integer(hub.port),
                    "loops": .integer(nodes.count), "tls": .bool(certificate != nil),
                    "handed_over": .string(activation?.sockets.map(\.name).joined(separator: " ") ?? ""),
                    "version": .string(HubVersion.current),
                ])
            return hub
        } catch {
            _ = await drain(nodes, within: .zero)
            await database.close()
            await tracing?.stop()
            await found.server?.stop()
            throw error
        }
    }

    private init(
        _ configuration: HubConfiguration, log: Logger, loops: LoopGroup, database: Database, server: PrivatePostgres?,
        nodes: [LoopNode], fronts: [LoopFront], streamServices: [any StreamService], upkeep: HubUpkeep,
        jobs: JobService, areas: FeatureRunner, reloading: HubReload,
        metrics: MetricsRegistry, tracing: HubTracing?
    ) {
        self.tracing = tracing
        self.configuration = configuration
        self.log = log
        self.loops = loops
        self.database = database
        self.server = server
        self.nodes = nodes
        self.fronts = fronts
        self.streamServices = streamServices
        self.upkeep = upkeep
        self.jobs = jobs
        self.areas = areas
        self.reloading = reloading
        self.metrics = metrics
        port = fronts[0].port
    }

    private static func identityProviders(
        _ configuration: HubConfiguration
    ) throws(HubError) -> [IdentityProvider] {
        do throws(IdentityProviderError) {
            return try IdentityProvider.load(path: configuration.credentials.providersFile)
        } catch {
            throw .identityProviders(error)
        }
    }

    private static func masterKey(_ configuration: HubConfiguration) throws(HubError) -> SealingKey {
        do throws(MasterKeyError) {
            return try MasterKey.load(configuration)
        } catch {
            throw .masterKey(error)
        }
    }

    private static func certificate(_ server: ServerConfiguration) throws(HubError) -> TLSContextBox? {
        guard server.usesTLS else { return nil }
        do throws(TLSError) {
            return try TLSContextBox(
                certificateFile: server.tlsCertificate, keyFile: server.tlsKey,
                minimumVersion: server.requiresTLS13 ? .tls13 : .tls12)
        } catch {
            throw .certificate(reason: "\(error)")
        }
    }

    /// What a hub and its areas do now and then, until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [upkeep] in await upkeep.run() }
            group.addTask { [jobs] in await jobs.run() }
            group.addTask { [areas] in await areas.run() }
        }
    }

    /// Takes a changed configuration over (SIGHUP): log level, limits of connections, certificates, keys. What changed and
    /// needs a restart is named in the log, and so is what could not be used, in whose place the old stays.
    ///
    /// - Parameter configuration: Nothing if it is wrong; then certificates and keys are looked at again, with the
    ///   configuration there is.
    package func reload(_ configuration: HubConfiguration?) async { await reloading.reload(configuration) }

    /// The settings that ``reload(_:)`` takes over, as `section.name`.
    package var reloadableSettings: Set<String> { get async { await reloading.settings } }

    /// What tells `manager` of this hub.
    func serviceLife(_ manager: ServiceManager) -> ServiceLife {
        ServiceLife(manager, loops: loops.loops, status: "Serving port \(port) on \(loops.loops.count) loops")
    }

    /// Goes by other limits of requests and messages from now on. What was counted by a policy whose window and scope stay
    /// is kept; a stream that is open hears nothing, but its next message is measured by the new limit.
    package func apply(_ security: SecurityConfiguration) async {
        await RateLimitsReload(fronts: fronts, nodes: nodes).apply(security)
        log.info("rate limits applied", ["policies": .integer(security.policies.count)])
    }

    /// The private Postgres's process, if there is one.
    package func postgresProcessID() async -> Int32? { await server?.processID() }

    /// Stops: takes no connections, stores what it holds and acknowledges it, says goodbye, stops Postgres last. Once.
    ///
    /// Waits for Postgres no longer than the configuration allows; ``run()`` may still be under way.
    package func stop() async {
        log.info("stopping")
        for front in fronts { await front.loop.run { front.stopAccepting() } }
        let half = configuration.server.shutdownTimeout / 2
        async let jobsEnd: Void = jobs.stop(within: half)
        async let areasLost = Hub.drain(streamServices, within: half)
        let lost = await Hub.drain(nodes, within: half)
        if lost > 0 { log.error("locations not stored and not acknowledged", ["rows": .integer(lost)]) }
        let lostMessages = await areasLost
        if lostMessages > 0 { log.error("messages not stored and not acknowledged", ["rows": .integer(lostMessages)]) }
        for node in nodes { await node.loop.run { node.sayGoodbye("the hub is stopping") } }
        await sessionsGone(within: min(half, .seconds(3)))
        for node in nodes {
            await node.loop.run {
                node.abortSessions()
                node.directory.assumeIsolated { $0.close() }
            }
        }
        for service in streamServices { service.close() }
        await jobsEnd
        await areas.cancel()
        await closeDatabase()
        await upkeep.close()
        await areas.ended()
        await tracing?.stop()
        await server?.stop()
        log.info("stopped")
        await loops.stop()
    }

    /// Has every journal write what it holds, all at the same time.
    ///
    /// - Returns: The rows that could not be written.
    private static func drain(_ nodes: [LoopNode], within limit: Duration) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for node in nodes { group.addTask { await node.journal.drain(within: limit) } }
            return await group.reduce(0, +)
        }
    }

    /// Has every area store what it holds of the stream.
    private static func drain(_ services: [any StreamService], within limit: Duration) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for service in services { group.addTask { await service.drain(within: limit) } }
            return await group.reduce(0, +)
        }
    }

    /// Notes the last uses of keys and what areas have to, if Postgres takes them within two seconds, and closes the
    /// connections, which ends whatever still waits for them.
    private func closeDatabase() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [upkeep, areas] in
                await upkeep.finish()
                await areas.finish()
            }
            group.addTask { try? await Task.sleep(for: .seconds(2)) }
            _ = await group.next()
            group.cancelAll()
            await database.close()
        }
    }

    /// Waits until every session has closed, or the time is over.
    private func sessionsGone(within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        for node in nodes {
            while await node.loop.run({ !node.sessions.isEmpty }), ContinuousClock.now < deadline {
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}

extension Loop {
    /// Runs `work` on the loop and waits for what it returns. Not from the loop itself.
    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in execute { continuation.resume(returning: work()) } }
    }
}
