internal import FeatureKit
internal import Jobs
internal import Model
internal import Persistence
internal import Telemetry

/// Keeps a hub's map the newest: an import takes effect within half a minute, without a restart.
struct MapWatch: Sendable {
    let atlas: SharedAtlas
    let store: PostgresMapStore
    /// Nothing in tests that need none.
    let jobs: JobQueue?
    let clock: any LiveClock
    let log: Logger

    /// Between two looks.
    static let period = Duration.seconds(30)

    func renewal(_ recounted: @escaping @Sendable (UserID) async -> Void) -> MapRenewal {
        MapRenewal(store: store, atlas: atlas, recounted: recounted)
    }

    /// Loads the map when the hub starts. Without one it serves all the same, and knows no countries.
    func begin() async {
        await look()
        if atlas.earth.map == 0 { log.info("no map of countries and regions; see hubd regions import") }
    }

    /// Until the task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: MapWatch.period)) != nil { await look() }
    }

    /// Loads the map if it is another one, and has looked up anew what was looked up in an older one.
    func look() async {
        do throws(RegionStoreError) {
            if try await atlas.refresh() {
                log.info("map of countries and regions loaded", ["number": .integer(Int(atlas.earth.map))])
            }
        } catch {
            log.error("map of countries and regions not loaded", ["error": .string(error.description)])
            return
        }
        let map = atlas.earth.map
        do throws(PostgresError) {
            guard let jobs, try await store.isOutdated(by: map) else { return }
            try await jobs.enqueue(MapRenewal.job(for: map, at: clock.now))
        } catch {
            // Postgres is away; the next look will do.
            log.warning("nobody could be asked to renew the map", ["error": .string(error.debugDescription)])
        }
    }
}
