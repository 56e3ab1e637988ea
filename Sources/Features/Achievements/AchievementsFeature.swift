internal import EventLoop
package import FeatureKit
package import Persistence
internal import Telemetry

/// Achievements: what there is to reach, for all areas, and who has reached it.
package struct AchievementsFeature: Feature {
    package static let name = "achievements"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [
                Migration(number: 1, name: "achievements", sql: PackageResources._001_achievements_sql)
            ])
    }

    let services: Services
    let core: CoreServices
    let store: AchievementStore
    let engine: AchievementEngine
    let news: AchievementNews

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("achievements need the core's services") }
        self.services = services
        self.core = core
        store = AchievementStore(database: core.database)
        let log = services.logger.component("achievements")
        engine = AchievementEngine(store: store, checks: services.achievements, log: log)
        news = AchievementNews(store: store, on: core.live.loops.loops, log: log)
    }

    package func register(in registry: Registry) {
        AchievementSchemas.define(in: registry)
        addListRoutes(to: registry)
        addCatalogueRoutes(to: registry)
        registry.add(news)
        services.achievements.serve(with: engine)
        services.erasures.add(AchievementErasure(store: store))
    }

    package func run() async { await news.run() }

    static let tag = "Achievements"
}
