package import Configuration
package import Crypto
package import Jobs
package import Model
package import Persistence
package import Telemetry
package import Wire

/// What features are given.
package struct Services: Sendable {
    package let clock: any LiveClock
    package let logger: Logger
    package let metrics: MetricsRegistry
    /// Who asks for the metrics has to have it; nobody has to if nothing.
    package let metricsToken: String?
    /// Keeps the answers of idempotent routes; without one their keys are checked and otherwise ignored.
    package let idempotency: (any IdempotencyStore)?
    /// Takes jobs that are done later, by whichever hub. Nothing in tests that need none.
    package let jobs: JobQueue?
    /// Nothing in tests of routes that need none.
    package let core: CoreServices?
    /// What an operator decided.
    package let configuration: HubConfiguration
    /// What areas hear of each other about people.
    package let people: PeopleEvents
    /// How people are told of what they missed.
    package let notifications: Notifications
    /// What secrets in the database are sealed with. Nothing in tests that need none.
    package let masterKey: SealingKey?
    /// Who else may say who somebody is.
    package let identityProviders: [IdentityProvider]
    /// Who knows whom by what is an area's own.
    package let acquaintances: Acquaintances
    /// How what areas keep of somebody goes when they are erased.
    package let erasures: ErasureSteps
    /// How it is found out what people have reached.
    package let achievements: AchievementChecks
    /// Tells of fixes that are stored.
    package let fixes: StoredFixes

    package init(
        clock: any LiveClock, logger: Logger, metrics: MetricsRegistry, metricsToken: String? = nil,
        idempotency: (any IdempotencyStore)? = nil, jobs: JobQueue? = nil, core: CoreServices? = nil,
        configuration: HubConfiguration = HubConfiguration(), people: PeopleEvents = PeopleEvents(),
        notifications: Notifications = Notifications(),
        masterKey: SealingKey? = nil, identityProviders: [IdentityProvider] = [],
        acquaintances: Acquaintances = Acquaintances(), erasures: ErasureSteps = ErasureSteps(),
        achievements: AchievementChecks = AchievementChecks(), fixes: StoredFixes = StoredFixes()
    ) {
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        self.metricsToken = metricsToken
        self.idempotency = idempotency
        self.jobs = jobs
        self.core = core
        self.configuration = configuration
        self.people = people
        self.notifications = notifications
        self.masterKey = masterKey
        self.identityProviders = identityProviders
        self.acquaintances = acquaintances
        self.erasures = erasures
        self.achievements = achievements
        self.fixes = fixes
    }
}

/// The hub's own state, live and stored.
package struct CoreServices: Sendable {
    package let live: LiveMap
    package let devices: any DeviceStore
    package let database: Database
    /// Who may see what; asked before anything of a device or a group is told or changed.
    package let visibility: Visibility
    package let audit: AuditTrail
    package let sessions: any LiveSessions
    /// Reads requests within the limits of the configuration.
    package let decoder: RequestDecoder
    /// The most active devices of a group.
    package let groupLimit: Int
    /// The most active devices of a user.
    package let deviceLimit: Int
    /// How long an upload waits for its commit before it is answered 503.
    package let uploadTimeout: Duration
    package let version: String

    package init(
        live: LiveMap, devices: any DeviceStore, database: Database, visibility: Visibility, audit: AuditTrail,
        sessions: any LiveSessions, decoder: RequestDecoder, groupLimit: Int, deviceLimit: Int, uploadTimeout: Duration,
        version: String
    ) {
        self.live = live
        self.devices = devices
        self.database = database
        self.visibility = visibility
        self.audit = audit
        self.sessions = sessions
        self.decoder = decoder
        self.groupLimit = groupLimit
        self.deviceLimit = deviceLimit
        self.uploadTimeout = uploadTimeout
        self.version = version
    }
}
