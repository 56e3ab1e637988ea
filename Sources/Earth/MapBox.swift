/// What is around a ring, in steps.
struct MapBox: Hashable, Sendable {
    let south: Int32
    let north: Int32
    let west: Int32
    let east: Int32

    init(around ring: ArraySlice<MapVertex>) {
        var (south, north, west, east) = (Int32.max, Int32.min, Int32.max, Int32.min)
        for vertex in ring {
            south = min(south, vertex.latitude)
            north = max(north, vertex.latitude)
            west = min(west, vertex.longitude)
            east = max(east, vertex.longitude)
        }
        (self.south, self.north, self.west, self.east) = (south, north, west, east)
    }

    /// How many squares of a degree it touches; 64,800 at most.
    var squareCount: Int {
        let (first, last) = corners
        return (last.row - first.row + 1) * (last.column - first.column + 1)
    }

    /// The numbers of the squares that it touches.
    func forEachSquare(_ body: (Int) -> Void) {
        let (first, last) = corners
        for row in first.row...last.row {
            for column in first.column...last.column { body(row * 360 + column) }
        }
    }

    private var corners: (MapSquare, MapSquare) {
        (
            MapSquare(row: MapBox.degrees(south, from: 90), column: MapBox.degrees(west, from: 180)),
            MapSquare(row: MapBox.degrees(north, from: 90), column: MapBox.degrees(east, from: 180))
        )
    }

    private static func degrees(_ steps: Int32, from origin: Int) -> Int {
        Int((Double(steps) / MapVertex.stepsPerDegree).rounded(.down)) + origin
    }
}
