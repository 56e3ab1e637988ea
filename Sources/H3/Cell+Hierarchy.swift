extension Cell {
    /// The cell of a coarser resolution, or of the same, that this one belongs to.
    ///
    /// Children do not fill their parent exactly: a place at its rim may be in the child of a neighbour.
    /// - Throws: ``CellError/resolution``.
    package func parent(at resolution: Resolution) throws(CellError) -> Cell {
        guard resolution <= self.resolution else { throw .resolution }
        return Cell(known: Grid.parent(of: index, resolution: resolution.rawValue))
    }

    /// The cells of a finer resolution, or of the same, that belong to this one: `7^steps`, fewer for a pentagon.
    ///
    /// - Throws: ``CellError/resolution`` for a coarser one, and for more than eight steps, which would be millions.
    package func children(at resolution: Resolution) throws(CellError) -> [Cell] {
        let steps = resolution.rawValue - self.resolution.rawValue
        guard (0...8).contains(steps) else { throw .resolution }
        return Grid.children(of: index, resolution: resolution.rawValue)
    }

    /// The 122 cells of resolution 0, which cover the earth.
    package static let roots: [Cell] = Grid.roots()
}
