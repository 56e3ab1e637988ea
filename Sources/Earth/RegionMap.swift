/// Countries, regions, and the shapes of both: what an import makes, and what a hub keeps in Postgres and loads.
///
/// Shapes are flat: all corners in one array, rings as ranges of it, parts as ranges of rings.
package struct RegionMap: Hashable, Sendable {
    /// One connected piece of land: an outer ring, and rings cut out of it.
    package struct Part: Hashable, Sendable {
        /// Index into ``RegionMap/countries``.
        package var country: Int32
        /// Index into ``RegionMap/regions``; -1 where the country has none.
        package var region: Int32
        /// Indices of its rings, the outer one first.
        package var rings: Range<Int32>
    }

    package internal(set) var countries: [Country] = []
    package internal(set) var regions: [Region] = []
    package internal(set) var parts: [Part] = []
    /// Where each ring begins in ``vertices``, and after the last one where that ends.
    var ringStarts: [Int32] = [0]
    /// The last of each ring is its first again.
    var vertices: [MapVertex] = []

    init() {}

    func vertices(of ring: Int32) -> ArraySlice<MapVertex> {
        vertices[Int(ringStarts[Int(ring)])..<Int(ringStarts[Int(ring) + 1])]
    }
}
