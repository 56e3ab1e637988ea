internal import FeatureKit
internal import Persistence
internal import Telemetry

extension TravelFeature {
    /// Has it looked at what people have reached when live locations and files have let them discover something,
    /// or a day was new.
    func addAchievements() {
        services.achievements.add(TravelAchievements(database: core.database))
        let log = services.logger.component("travel")
        travel.discoveries.subscribe { [achievements = services.achievements] user, _ in
            do throws(PostgresError) {
                _ = try await achievements.check(user)
            } catch {
                // The next discovery, or the list of achievements, makes up for it.
                log.warning("achievements not checked", ["error": .string(error.description)])
            }
        }
    }
}
