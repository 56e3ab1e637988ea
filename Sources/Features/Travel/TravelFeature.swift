internal import Configuration
package import FeatureKit
package import Jobs
internal import Model
package import Persistence
internal import Telemetry

/// Travel: where people have been.
package struct TravelFeature: Feature {
    package static let name = "travel"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [
                Migration(number: 1, name: "regions", sql: PackageResources._001_regions_sql),
                Migration(number: 2, name: "record", sql: PackageResources._002_record_sql),
                Migration(number: 3, name: "imports", sql: PackageResources._003_imports_sql),
            ])
    }

    package static func scheduledJobs(services: JobServices) -> [ScheduledJob] {
        [TravelFiles.upkeep(services)]
    }

    let services: Services
    let core: CoreServices
    /// What the area's parts share.
    let travel: TravelServices
    private let maps: MapWatch
    private let live: LiveRecorder
    private let importNews = ImportNews()

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("travel needs the core's services") }
        self.services = services
        self.core = core
        let (clock, retention) = (services.clock, services.configuration.limits.locationRetention)
        travel = TravelServices(database: core.database) {
            // An hour for clocks that differ.
            clock.now.advanced(by: .seconds(3600) - retention)
        }
        maps = MapWatch(
            atlas: travel.atlas, store: PostgresMapStore(database: core.database), jobs: services.jobs,
            clock: services.clock, log: services.logger.component("travel"))
        live = LiveRecorder(
            store: PostgresLiveStore(database: core.database), travel: travel, clock: clock,
            log: services.logger.component("travel"), meters: TravelMeters(services.metrics),
            oldestHeld: { [fixes = services.fixes] in await fixes.oldestHeld() })
        let pending = live.pending
        services.metrics.gauge(
            "hub_travel_pending_devices", help: "Devices whose newest locations are not worked in yet."
        ) { Double(pending.deviceCount) }
    }

    package func register(in registry: Registry) {
        let files = TravelFiles(services: services, core: core, worker: travel, news: importNews)
        // Before the record: with its last row everything of that person's goes at once, and files are large.
        services.erasures.add(files.erasure)
        services.erasures.add(TravelErasure(store: travel.records))
        services.erasures.add(DeviceErasure(travel: travel, live: live))
        services.fixes.subscribe(live.pending)
        services.people.subscribe { [weak live = self.live] change in
            if case .erased(let user) = change { live?.forget(user) }
        }
        registry.add(maps.renewal { [travel] in await travel.discoveries.tell(of: [], by: $0) }.handler())
        addAchievements()
        addIngestion(to: registry)
        StatisticsRoutes(store: StatisticsStore(database: core.database)).register(in: registry)
        TimelineRoutes(store: TimelineStore(database: core.database)).register(in: registry)
        TripRoutes(store: TripStore(database: core.database)).register(in: registry)
        files.register(in: registry)
        registry.add(.outlines(of: OutlineShelf(store: travel.regions)))
    }

    package func prepare() async {
        await maps.begin()
        await live.beat()
    }

    package func run() async {
        async let maps: Void = maps.run()
        async let imports: Void = ImportWatch(
            store: PostgresImportStore(database: core.database), news: importNews,
            log: services.logger.component("travel")
        ).run()
        await live.run()
        await maps
        await imports
    }

    package func finish() async { await live.finish() }
}
