/// One part of the map, with its edges sorted into strips of latitude.
struct PartShape: Sendable {
    /// Index into ``RegionMap/parts``.
    let part: Int32
    /// Square metres, holes taken off; on the sphere of H3.
    let area: Double
    let box: MapBox
    /// As ``LatitudeStrips/height``.
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
        box = MapBox(around: map.vertices(of: rings.lowerBound))

        var starts: [Int32] = []
        for ring in rings { starts += map.vertices(of: ring).indices.dropLast().map(Int32.init) }
        let strips = LatitudeStrips(box, map, edges: starts)
        stripHeight = strips.height
        var counts = [Int32](repeating: 0, count: strips.count + 1)
        for edge in starts { for strip in strips.touched(by: edge, in: map) { counts[strip + 1] += 1 } }
        for strip in 1...strips.count { counts[strip] += counts[strip - 1] }
        stripStarts = counts
        var sorted = [Int32](repeating: 0, count: Int(counts[strips.count]))
        for edge in starts {
            for strip in strips.touched(by: edge, in: map) {
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
        guard point.latitude >= Double(box.south), point.latitude <= Double(box.north),
            point.longitude >= Double(box.west), point.longitude <= Double(box.east)
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
        guard view.north >= Double(box.south), view.south <= Double(box.north) else { return nil }
        var nearest: Double?
        for edge in edges[strips(from: view.south, to: view.north)] {
            let distance = view.metres(from: map.vertices[Int(edge)], to: map.vertices[Int(edge) + 1])
            if distance <= nearest ?? limit { nearest = distance }
        }
        return nearest
    }

    /// Where the edges of all strips between two latitudes lie in ``edges``.
    private func strips(from lower: Double, to upper: Double) -> Range<Int> {
        let last = stripStarts.count - 2
        let first = min(max(Int((lower - Double(box.south)) / Double(stripHeight)), 0), last)
        let end = min(max(Int((upper - Double(box.south)) / Double(stripHeight)), 0), last)
        return Int(stripStarts[first])..<Int(stripStarts[end + 1])
    }
}
