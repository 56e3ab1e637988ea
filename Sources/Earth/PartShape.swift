/// One part of the map, with its edges sorted into strips of latitude.
struct PartShape: Sendable {
    /// Edges that a strip has on average.
    private static let edgesPerStrip = 8

    /// Index into ``RegionMap/parts``.
    let part: Int32
    /// Square metres, holes taken off; on the sphere of H3.
    let area: Double
    private let south: Int32
    private let north: Int32
    private let west: Int32
    private let east: Int32
    /// Steps of latitude that a strip is high.
    private let stripHeight: Int64
    private let stripStarts: [Int32]
    /// The edges that touch each strip, by the index of the corner they start at.
    private let edges: [Int32]

    init(_ map: RegionMap, part number: Int) {
        part = Int32(number)
        let rings = map.parts[number].rings
        area = rings.reduce(0) { sum, ring in
            let area = SphericalArea.squareMetres(map.vertices(of: ring))
            return ring == rings.lowerBound ? area : sum - area
        }
        var (south, north, west, east) = (Int32.max, Int32.min, Int32.max, Int32.min)
        for vertex in map.vertices(of: rings.lowerBound) {
            south = min(south, vertex.latitude)
            north = max(north, vertex.latitude)
            west = min(west, vertex.longitude)
            east = max(east, vertex.longitude)
        }
        (self.south, self.north, self.west, self.east) = (south, north, west, east)

        var starts: [Int32] = []
        for ring in rings { starts += map.vertices(of: ring).indices.dropLast().map(Int32.init) }
        let height = Int64(north) - Int64(south) + 1
        let stripHeight = max(1, height / Int64(max(1, starts.count / PartShape.edgesPerStrip)))
        self.stripHeight = stripHeight
        let stripCount = Int((height - 1) / stripHeight) + 1
        let strips: (Int32) -> ClosedRange<Int> = { edge in
            let (one, other) = (map.vertices[Int(edge)].latitude, map.vertices[Int(edge) + 1].latitude)
            // A ring cut out may, in a bad map, reach beyond the outer one.
            let lower = min(max((Int64(min(one, other)) - Int64(south)) / stripHeight, 0), Int64(stripCount - 1))
            let upper = min(max((Int64(max(one, other)) - Int64(south)) / stripHeight, 0), Int64(stripCount - 1))
            return Int(lower)...Int(upper)
        }
        var counts = [Int32](repeating: 0, count: stripCount + 1)
        for edge in starts { for strip in strips(edge) { counts[strip + 1] += 1 } }
        for strip in 1...stripCount { counts[strip] += counts[strip - 1] }
        stripStarts = counts
        var sorted = [Int32](repeating: 0, count: Int(counts[stripCount]))
        for edge in starts {
            for strip in strips(edge) {
                sorted[Int(counts[strip])] = edge
                counts[strip] += 1
            }
        }
        edges = sorted
    }

    /// Whether a point is inside: a line from it to the west crosses the borders an odd number of times.
    ///
    /// Neighbours share their edges, and an edge is seen alike from both sides: lower end first, its lower end belonging to it and
    /// its upper end not. So a point on a border is on one side of it.
    func contains(_ point: MapPoint, in map: RegionMap) -> Bool {
        guard point.latitude >= Double(south), point.latitude <= Double(north), point.longitude >= Double(west),
            point.longitude <= Double(east)
        else { return false }
        var isInside = false
        for edge in edges[strips(from: point.latitude, to: point.latitude)] {
            var (lower, upper) = (map.vertices[Int(edge)], map.vertices[Int(edge) + 1])
            if lower.latitude > upper.latitude { swap(&lower, &upper) }
            guard Double(lower.latitude) <= point.latitude, point.latitude < Double(upper.latitude) else { continue }
            let rise = (point.latitude - Double(lower.latitude)) / (Double(upper.latitude) - Double(lower.latitude))
            let crossing = Double(lower.longitude) + rise * (Double(upper.longitude) - Double(lower.longitude))
            if crossing <= point.longitude { isInside.toggle() }
        }
        return isInside
    }

    /// Metres from the middle of a view to the nearest border, if that is within `limit`.
    func distance(from view: LocalView, in map: RegionMap, within limit: Double) -> Double? {
        guard view.north >= Double(south), view.south <= Double(north) else { return nil }
        var nearest: Double?
        for edge in edges[strips(from: view.south, to: view.north)] {
            let distance = view.metres(from: map.vertices[Int(edge)], to: map.vertices[Int(edge) + 1])
            if distance <= nearest ?? limit { nearest = distance }
        }
        return nearest
    }

    /// The numbers of the squares that its box touches.
    func forEachSquare(_ body: (Int) -> Void) {
        let first = MapSquare(row: PartShape.degrees(south, from: 90), column: PartShape.degrees(west, from: 180))
        let last = MapSquare(row: PartShape.degrees(north, from: 90), column: PartShape.degrees(east, from: 180))
        for row in first.row...last.row {
            for column in first.column...last.column { body(row * 360 + column) }
        }
    }

    private static func degrees(_ steps: Int32, from origin: Int) -> Int {
        Int((Double(steps) / MapVertex.stepsPerDegree).rounded(.down)) + origin
    }

    /// Where the edges of all strips between two latitudes lie in ``edges``.
    private func strips(from lower: Double, to upper: Double) -> Range<Int> {
        let last = stripStarts.count - 2
        let first = min(max(Int((lower - Double(south)) / Double(stripHeight)), 0), last)
        let end = min(max(Int((upper - Double(south)) / Double(stripHeight)), 0), last)
        return Int(stripStarts[first])..<Int(stripStarts[end + 1])
    }
}
