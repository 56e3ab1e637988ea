package import Model

extension Cell {
    /// The cell in which a place is. At a pole the longitude does not matter; 180° is -180°.
    package init(at coordinate: Coordinate, resolution: Resolution) {
        self.init(known: Grid.cell(at: coordinate, resolution: resolution.rawValue))
    }

    /// The middle; a cell's centre is in the cell, and in its central child.
    package var centre: Coordinate { Grid.centre(of: index) }

    /// The corners, counterclockwise seen from above, without the first again at the end: 6, or 5 of a pentagon, and up to 5
    /// more where the cell bends over an edge of the icosahedron. Longitudes jump by 360° in a cell that the antimeridian cuts.
    package var boundary: [Coordinate] { Grid.boundary(of: index) }

    /// Square metres, on a sphere of 6,371,007.18 m.
    package var squareMetres: Double { Grid.squareMetres(of: index) }

    /// One of the twelve of its resolution that have five neighbours.
    package var isPentagon: Bool { Grid.isPentagon(index) }
}
