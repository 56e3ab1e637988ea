/// A hexagon of H3's grid over the earth, or one of the twelve pentagons of a resolution.
///
/// Only cells that exist can be made: what H3 calls an index may also be an edge or a vertex, or have bits that mean nothing.
package struct Cell: Hashable, Sendable, Comparable {
    /// H3's index: mode 1, the resolution, the base cell, and three bits for each step down.
    package let index: UInt64

    /// - Parameter index: Any 64 bits.
    /// - Throws: ``CellError/invalid``.
    package init(index: UInt64) throws(CellError) {
        guard Grid.isCell(index) else { throw .invalid }
        self.index = index
    }

    /// For what H3 itself has made.
    init(known index: UInt64) { self.index = index }

    /// Each cell has about seven of the next resolution; 6 has 36 km², 8 has 0.74 km² on average.
    package var resolution: Resolution { Resolution(known: Int(index >> 52 & 0xF)) }

    /// By index. Cells of a resolution that are near each other mostly are so in this order, too.
    package static func < (left: Cell, right: Cell) -> Bool { left.index < right.index }
}
