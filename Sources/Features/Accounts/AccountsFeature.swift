internal import Configuration
internal import EventLoop
package import FeatureKit
internal import Jobs
internal import Model
internal import Passwords
package import Persistence
internal import Telemetry
internal import Tokens

/// People: how they register and sign in, on which devices, and which groups they make and join.
package struct AccountsFeature: Feature {
    package static let name = "accounts"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [
                Migration(number: 1, name: "accounts", sql: PackageResources._001_accounts_sql),
                Migration(number: 2, name: "keys_and_factors", sql: PackageResources._002_keys_and_factors_sql),
                Migration(number: 3, name: "invitations", sql: PackageResources._003_invitations_sql),
                Migration(number: 4, name: "mail", sql: PackageResources._004_mail_sql),
            ])
    }

    let services: Services
    let core: CoreServices
    let limits: AccountsConfiguration
    let accounts: PostgresAccountStore
    let signIns: PostgresSignInStore
    let erasures: PostgresErasureStore
    let eraser: AccountEraser
    let keyring: SigningKeyring
    let tokens: AccessTokens
    let factors: SecondFactors
    let providers: [ProviderClient]
    let providerSignIns: ProviderSignInStore
    let rings: BearerRings
    let endings: SignInEndings
    let check: PasswordCheck
    let metrics: SignInMetrics
    let mail: AccountMail

    /// - Precondition: The services hold the core's and a master key.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("accounts need the core's services") }
        self.services = services
        self.core = core
        limits = services.configuration.accounts
        let database = core.database
        accounts = PostgresAccountStore(database: database)
        signIns = PostgresSignInStore(database: database)
        erasures = PostgresErasureStore(database: database)
        eraser = AccountEraser(
            store: erasures, custody: PostgresCustodyStore(database: database),
            devices: PostgresPeopleStore(database: database), steps: services.erasures, live: core.live,
            people: services.people, clock: services.clock)
        metrics = SignInMetrics(services.metrics)
        let credentials = services.configuration.credentials
        guard let master = services.masterKey else { preconditionFailure("accounts need a master key") }
        let keyring = SigningKeyring(
            store: SigningKeyStore(database: database), master: master, rotation: credentials.keyRotation,
            clock: services.clock, log: services.logger.component("accounts"))
        self.keyring = keyring
        tokens = AccessTokens(issuer: credentials.issuer, lifetime: limits.accessTokenLife, keys: keyring.keys)
        factors = SecondFactors(database: database, master: master)
        providerSignIns = ProviderSignInStore(database: database, master: master)
        let loops = core.live.loops.loops
        providers = services.identityProviders.enumerated().map { index, provider in
            ProviderClient(provider, on: loops[index % loops.count], clock: services.clock)
        }
        let passwords = PasswordHasher(
            cost: PasswordCost(memory: credentials.passwordMemory, iterations: credentials.passwordIterations),
            threads: credentials.passwordThreads, capacity: credentials.passwordQueue,
            metrics: PasswordMetrics(services.metrics))
        rings = BearerRings(
            on: core.live.loops.loops, tokens: tokens, states: signIns, clock: services.clock,
            log: services.logger.component("accounts"), onUnknownKey: { await keyring.refreshForUnknownKey() })
        endings = SignInEndings(rings: rings, sessions: core.sessions)
        check = PasswordCheck(
            accounts: accounts, passwords: passwords, metrics: metrics, free: limits.freeAttempts)
        mail = AccountMail(services, core)
    }

    package func register(in registry: Registry) {
        AccountSchemas.define(in: registry)
        addSignInRoutes(to: registry)
        addProfileRoutes(to: registry)
        addSessionRoutes(to: registry)
        addErasureRoute(to: registry)
        addSecondFactorRoutes(to: registry)
        addProviderRoutes(to: registry)
        addProviderLinkRoutes(to: registry)
        registry.add(.keySet(of: keyring))
        addAdministrationRoutes(to: registry)
        addFactorAdministration(to: registry)
        addMailRoutes(to: registry)
        addNotificationRoutes(to: registry)
        mail.register(in: registry)
        services.notifications.judge(with: InvitationJudge(store: invitations, clock: services.clock))
        registry.authenticateBearers(with: rings)
        addPeopleRoutes(to: registry)
    }
}
