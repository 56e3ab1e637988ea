internal import Jobs
internal import Model

/// Looks up anew what was looked up in an older map, or in none: every cell first, then what people are told of theirs. Done
/// in slices; may be broken off and done again at any point, and then goes on from there.
struct MapRenewal: Sendable {
    let store: PostgresMapStore
    let atlas: SharedAtlas
    /// Hears whose countries and regions may be others now.
    let recounted: @Sendable (UserID) async -> Void
    /// The most cells, and people, that are looked at together.
    var cells = 5_000
    var people = 100

    /// The map's number.
    static let job = JobKind<Int32>(
        "renew_travel_map", attempts: 100, timeLimit: .seconds(1800), concurrency: 1,
        encode: { Array("\($0)".utf8) },
        decode: { bytes in
            guard let number = Int32(String(decoding: bytes, as: UTF8.self)) else {
                throw JobFailure.permanent("no map's number")
            }
            return number
        })

    /// One job for a map, however many hubs see it.
    static func job(for map: Int32, at now: Timestamp) -> QueuedJob {
        job.job(map, dedupeKey: "\(map)", id: .version7(at: now))
    }

    func handler() -> JobHandler {
        JobHandler(MapRenewal.job) { _, _ in try await renew() }
    }

    /// By the newest map, which this hub may not have loaded when it is asked.
    func renew() async throws {
        try await atlas.refresh()
        let atlas = atlas.earth
        while case let outdated = try await store.cells(before: atlas.map, limit: cells), !outdated.isEmpty {
            try await store.relocate(outdated.map(atlas.place), by: atlas.map)
            try Task.checkCancellation()
        }
        while case let users = try await store.travellers(before: atlas.map, limit: people), !users.isEmpty {
            for user in users {
                try await store.recount(user, by: atlas.map)
                await recounted(user)
                try Task.checkCancellation()
            }
        }
    }
}
