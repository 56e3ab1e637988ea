internal import Actors
package import Configuration
internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
package import Telemetry
internal import Wire

/// A running hub: everything joined, serving until it is stopped.
package final class Hub: Sendable {
    /// The port it listens on; the one the kernel chose if 0 was asked for.
    package let port: Int
    package let metrics: MetricsRegistry

    private let configuration: HubConfiguration
    private let log: Logger
    private let loops: LoopGroup
    private let database: Database
    private let server: PrivatePostgres?
    private let nodes: [LoopNode]
    private let fronts: [LoopFront]
    private let certificate: TLSContextBox?
    private let upkeep: HubUpkeep

    /// Starts everything, and returns when connections are accepted.
    ///
    /// Nothing is left running when it throws.
    package static func start(_ configuration: HubConfiguration, log: LogOutput) async throws(HubError) -> Hub {
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
            return try await assemble(configuration, on: loops, log: logger)
        } catch {
            await loops.stop()
            throw error
        }
    }

    private static func assemble(
        _ configuration: HubConfiguration, on loops: LoopGroup, log: Logger
    ) async throws(HubError) -> Hub {
        let certificate = try Hub.certificate(configuration.server)
        try await HubListening.probe(configuration.server, on: loops)
        let metrics = MetricsRegistry()
        let persistence = PersistenceMetrics(metrics)
        let found = try await HubDatabase.open(
            configuration, joins: false, on: loops.loops[0], log: log.component("postgres"), metrics: persistence)
        let database = Database(url: found.url, limits: found.limits, on: loops.loops)
        database.start()
        let assembly = HubAssembly(
            configuration, loops: loops, database: database, url: found.url, log: log, metrics: metrics,
            persistence: persistence)
        let nodes = await assembly.makeNodes()
        let table = assembly.makeTable(nodes)
        do throws(HubError) {
            let upkeep = HubUpkeep(
                database: database, nodes: nodes, configuration: configuration, audit: assembly.audit, log: log)
            try await upkeep.prepare()
            let fronts = try await HubListening.open(
                configuration, nodes: nodes, table: table, rules: assembly.makeRules(for: table),
                services: assembly.services(nodes), certificate: certificate)
            let hub = Hub(
                configuration, log: log, loops: loops, database: database, server: found.server, nodes: nodes,
                fronts: fronts, certificate: certificate, upkeep: upkeep, metrics: metrics)
            log.info(
                "serving",
                [
                    "host": .string(configuration.server.host), "port": .integer(hub.port),
                    "loops": .integer(nodes.count), "tls": .bool(certificate != nil),
                    "version": .string(HubVersion.current),
                ])
            return hub
        } catch {
            _ = await drain(nodes, within: .zero)
            await database.close()
            await found.server?.stop()
            throw error
        }
    }

    private init(
        _ configuration: HubConfiguration, log: Logger, loops: LoopGroup, database: Database, server: PrivatePostgres?,
        nodes: [LoopNode], fronts: [LoopFront], certificate: TLSContextBox?, upkeep: HubUpkeep,
        metrics: MetricsRegistry
    ) {
        self.configuration = configuration
        self.log = log
        self.loops = loops
        self.database = database
        self.server = server
        self.nodes = nodes
        self.fronts = fronts
        self.certificate = certificate
        self.upkeep = upkeep
        self.metrics = metrics
        port = fronts[0].port
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

    /// What a hub does now and then, until the task is cancelled.
    package func run() async { await upkeep.run() }

    /// Reads certificate and key again (SIGHUP); connections that are open keep theirs. A pair that cannot be used is
    /// logged and leaves the old one.
    package func reloadCertificate() {
        guard let certificate else { return }
        do throws(TLSError) {
            try certificate.reload()
            log.info("certificate reloaded")
        } catch {
            log.error("certificate not reloaded", ["reason": .string("\(error)")])
        }
    }

    /// Goes by other limits of requests and messages from now on. What was counted by a policy whose window and scope stay
    /// is kept; a stream that is open hears nothing, but its next message is measured by the new limit.
    package func apply(_ security: SecurityConfiguration) async {
        let rules = await fronts[0].loop.run { [front = fronts[0]] in front.limiter.rules }
        let replaced = rules.replaced(by: security.policies)
        for (front, node) in zip(fronts, nodes) {
            await front.loop.run {
                front.limiter.apply(replaced)
                node.locationsPerSecond = security.streamLocationsPerSecond
            }
        }
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
        let lost = await Hub.drain(nodes, within: half)
        if lost > 0 { log.error("locations not stored and not acknowledged", ["rows": .integer(lost)]) }
        for node in nodes { await node.loop.run { node.sayGoodbye("the hub is stopping") } }
        await sessionsGone(within: min(half, .seconds(3)))
        for node in nodes {
            await node.loop.run {
                node.abortSessions()
                node.directory.assumeIsolated { $0.close() }
            }
        }
        await closeDatabase()
        await upkeep.close()
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

    /// Notes the last uses of keys, if Postgres takes them within two seconds, and closes the connections, which ends
    /// whatever still waits for them.
    private func closeDatabase() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [upkeep] in await upkeep.finish() }
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
