package import Model
package import Persistence
internal import Synchronization

/// What the parts of travel share. Callable from any thread.
package struct TravelServices: Sendable {
    package let records: PostgresRecordStore
    package let regions: RegionStore
    /// Where cells are, by the newest map.
    package let atlas: SharedAtlas
    package let keeper: RecordKeeper
    package let discoveries: Discoveries

    /// - Parameters:
    ///   - cells: What records are made with in place of ``atlas``, in tests.
    ///   - horizon: Before when live locations may have been removed; nothing for never.
    package init(
        database: Database, cells: (any CellAtlas)? = nil, horizon: @escaping @Sendable () -> Timestamp? = { nil }
    ) {
        records = PostgresRecordStore(database: database)
        regions = RegionStore(database: database)
        atlas = SharedAtlas(regions)
        keeper = RecordKeeper(store: records, atlas: cells ?? atlas, horizon: horizon)
        discoveries = Discoveries()
    }

    /// Works in all of somebody's points that are not, and tells everybody what was discovered.
    ///
    /// - Parameter limit: After which the rest is left, marked; nothing for no limit.
    /// - Returns: What was discovered, in the order in which it was worked in.
    @discardableResult
    package func workIn(
        for user: UserID, within limit: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRecordStore.Discovery] {
        var all: [PostgresRecordStore.Discovery] = []
        try await keeper.workIn(for: user, within: limit) { found in
            all += found
            await discoveries.tell(of: found, by: user)
        }
        return all
    }
}

/// How parts of travel hear that somebody's record has grown: they subscribe while the hub starts. Callable from any thread.
package final class Discoveries: Sendable {
    package typealias Listener = @Sendable (UserID, [PostgresRecordStore.Discovery]) async -> Void

    private let listeners = Mutex<[Listener]>([])

    package init() {}

    /// - Parameter listener: Called after the commit, for one person by one task at a time as a rule; what is discovered next
    ///   waits for it. A hub that is killed in between has told nobody. Nothing discovered means that only
    ///   a day was new, or that countries and regions were counted anew, by another map.
    package func subscribe(_ listener: @escaping Listener) { listeners.withLock { $0.append(listener) } }

    package func tell(of found: [PostgresRecordStore.Discovery], by user: UserID) async {
        for listener in listeners.withLock({ $0 }) { await listener(user, found) }
    }
}
