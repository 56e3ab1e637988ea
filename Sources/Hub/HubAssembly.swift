internal import Actors
internal import Configuration
internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Jobs
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

/// Joins the parts of a hub: the one place that knows which implementation stands behind which port.
struct HubAssembly {
    let configuration: HubConfiguration
    let loops: LoopGroup
    let database: Database
    /// As libpq takes it.
    let url: String
    let log: Logger
    let metrics: MetricsRegistry
    let persistence: PersistenceMetrics
    let tracer: Tracer?
    let masterKey: SealingKey
    let identityProviders: [IdentityProvider]
    let clock = SystemClock()
    let devices: PostgresDeviceStore
    let keys: PostgresAPIKeyStore
    let tickets: PostgresTicketStore
    let audit: AuditTrail
    let jobs: JobQueue
    let people = PeopleEvents()
    let notifications = Notifications()
    let acquaintances = Acquaintances()
    let erasures = ErasureSteps()
    let achievements = AchievementChecks()
    let fixes = StoredFixes()
    let visibility: Visibility

    init(
        _ configuration: HubConfiguration, loops: LoopGroup, database: Database, url: String, log: Logger,
        metrics: MetricsRegistry, persistence: PersistenceMetrics, masterKey: SealingKey,
        identityProviders: [IdentityProvider],
        tracer: Tracer? = nil
    ) {
        self.identityProviders = identityProviders
        self.masterKey = masterKey
        self.tracer = tracer
        self.configuration = configuration
        self.loops = loops
        self.database = database
        self.url = url
        self.log = log
        self.metrics = metrics
        self.persistence = persistence
        devices = PostgresDeviceStore(database: database)
        keys = PostgresAPIKeyStore(database: database)
        tickets = PostgresTicketStore(database: database)
        audit = AuditTrail(database: database, clock: clock, loops: loops.loops, log: log.component("audit"))
        jobs = JobQueue(database: database)
        visibility = Visibility(people: PostgresPeopleStore(database: database))
    }

    /// What every loop has, ready to take sessions.
    func makeNodes() async -> [LoopNode] {
        var limits = JournalLimits(configuration.limits).share(of: loops.loops.count)
        limits.storesFixes = configuration.locations.store
        let connection = PostgresLimits(configuration.database)
        var parts: [(journal: LocationJournal, directory: LiveDirectory)] = []
        for loop in loops.loops {
            let traces = tracer.map(LoopTracer.init)
            let journal = LocationJournal(
                url: url, limits: limits, connection: connection, on: loop, log: log.component("journal"),
                metrics: persistence, tracer: traces)
            let scheduler = LoopScheduler(on: loop)
            let directory = await loop.run { [devices, clock, live = LiveLimits(configuration)] in
                journal.start()
                return LiveDirectory(
                    store: devices, journal: journal, encoder: StreamEncoder(), clock: clock, scheduler: scheduler,
                    limits: live, tracer: traces)
            }
            parts.append((journal, directory))
        }
        let live = LiveMap(loops: loops, directories: parts.map(\.directory), devices: devices)
        let sessions = metrics.gauge("hub_sessions", help: "Open streams.")
        let refused = RateRules.refusals(metrics).with("stream")
        let decoder = ClientMessageDecoder(rules: configuration.limits.fixRules, limits: messageLimits)
        let nodes = zip(loops.loops, parts).map { loop, part in
            LoopNode(
                loop: loop, directory: part.directory, journal: part.journal,
                keys: KeyRing(on: loop, store: keys, tickets: tickets, clock: clock, log: log.component("keys")),
                settings: StreamSettings(configuration), clock: clock, decoder: decoder, live: live,
                log: log.component("stream"), sessionGauge: sessions,
                locationsPerSecond: configuration.security.streamLocationsPerSecond, refusedLocations: refused,
                tracer: part.directory.tracer, visibility: visibility)
        }
        for node in nodes {
            await node.loop.run { [fixes] in
                node.join(nodes)
                node.journal.subscriber = fixes
            }
        }
        fixes.follow {
            var oldest: Timestamp?
            for node in nodes {
                guard let held = await node.loop.run({ node.journal.oldestHeld }) else { continue }
                oldest = min(oldest ?? held, held)
            }
            return oldest
        }
        return nodes
    }

    private var messageLimits: MessageLimits {
        var limits = MessageLimits()
        limits.fixesPerBatch = configuration.limits.batchSize
        return limits
    }

    func services(_ nodes: [LoopNode]) -> Services {
        Services(
            clock: clock, logger: log, metrics: metrics,
            metricsToken: configuration.telemetry.metricsToken?.revealed,
            idempotency: PostgresIdempotencyStore(database: database), jobs: jobs,
            core: CoreServices(
                live: nodes[0].live, devices: devices, database: database, visibility: visibility, audit: audit,
                sessions: SessionBoard(nodes: nodes),
                decoder: RequestDecoder(rules: configuration.limits.fixRules, limits: messageLimits),
                groupLimit: configuration.limits.groupSize, deviceLimit: configuration.limits.devicesPerUser,
                uploadTimeout: configuration.server.requestTimeout, version: HubVersion.current),
            configuration: configuration, people: people, notifications: notifications, masterKey: masterKey,
            identityProviders: identityProviders, acquaintances: acquaintances, erasures: erasures,
            achievements: achievements, fixes: fixes)
    }

    /// The rate policies of the configuration.
    ///
    /// - Precondition: There is one of every name that a route names.
    func makeRules(for table: RouteTable) -> RateRules {
        let rules = RateRules(configuration.security.policies, metrics: metrics)
        for route in table.routes {
            for name in route.ratePolicies {
                precondition(rules.contains(name), "\(route.operationID) names a rate policy \(name), which is none")
            }
        }
        return rules
    }

    /// The areas, and what all of them and the stream offer.
    func makeRegistry(_ nodes: [LoopNode]) -> (Registry, [any Feature]) {
        let services = services(nodes)
        // First, so that nothing more of a group goes to somebody who left before others hear of it.
        people.subscribe { change in
            guard let departure = Departed(change) else { return }
            for node in nodes { node.enter { node.endWatches(of: departure) } }
        }
        let registry = Registry()
        let features = Features.all(services)
        for feature in features { feature.register(in: registry) }
        StreamRoute(
            nodes: nodes, tickets: tickets, devices: devices, visibility: visibility,
            decoder: RequestDecoder(rules: configuration.limits.fixRules, limits: messageLimits)
        ).register(in: registry)
        return (registry, features)
    }

    func makeTable(_ registry: Registry) -> RouteTable {
        registry.makeTable(
            info: APIInfo(
                title: "Presence Hub", version: HubVersion.current,
                description: "Live locations and presence for groups of people."))
    }
}

extension HubAssembly {
    /// The jobs of all areas.
    func makeJobs(_ registry: Registry) -> JobService {
        let services = JobServices(
            clock: clock, logger: log, database: database, locationRetention: configuration.limits.locationRetention,
            auditRetention: configuration.security.auditRetention)
        return JobService(
            database: database, queue: jobs, holder: ProcessName.current,
            jobs: Features.scheduledJobs(services), handlers: registry.jobHandlers, metrics: metrics, log: log)
    }
}

extension JournalLimits {
    init(_ limits: LimitsConfiguration) {
        self.init(
            writeBehind: WriteBehindLimits(
                batchRows: limits.writeBehindRows, pace: limits.writeBehindDelay, highWater: limits.writeBehindHighWater
            ))
    }
}

extension LiveLimits {
    init(_ configuration: HubConfiguration) {
        self.init(tick: configuration.fanout.tick, offlineGrace: configuration.presence.grace)
    }
}

extension HTTPLimits {
    init(_ configuration: HubConfiguration) {
        self.init(
            headerSectionBytes: configuration.limits.headerBytes, bodyBytes: configuration.limits.bodyBytes,
            headerTimeout: configuration.server.headerTimeout, bodyTimeout: configuration.server.bodyTimeout,
            idleTimeout: configuration.server.idleTimeout)
    }
}
