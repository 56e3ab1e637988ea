internal import Earth
package import Journeys
internal import Persistence
internal import Synchronization

/// The newest map that this hub has seen, for all parts of travel. Callable from any thread.
package final class SharedAtlas: CellAtlas {
    private let regions: RegionStore
    private let loaded = Mutex(EarthAtlas(nil, map: 0))

    /// With no map until ``refresh()``.
    package init(_ regions: RegionStore) { self.regions = regions }

    /// Of the map as it is now.
    package var earth: EarthAtlas { loaded.withLock { $0 } }

    package var current: any CellAtlas { earth }

    package func cells(of point: TrackPoint) -> (res8: Int64, res6: Int64) { EarthAtlas.cells(of: point) }

    package func place(of cell: Int64) -> CellPlace { earth.place(of: cell) }

    /// Loads the stored map if it is another one; what is being looked up meanwhile is looked up in the one before.
    ///
    /// - Returns: Whether it was another one.
    /// - Throws: ``RegionStoreError``; then the map that was there stays.
    @discardableResult
    package func refresh() async throws(RegionStoreError) -> Bool {
        let number: Int32
        do throws(PostgresError) { number = try await regions.number() } catch { throw .database(error) }
        guard number != earth.map else { return false }
        let stored = try await regions.load()
        let atlas = EarthAtlas(stored.map { RegionIndex($0.map) }, map: stored?.number ?? 0)
        loaded.withLock { $0 = atlas }
        return true
    }
}
