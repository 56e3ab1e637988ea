/// The strips of latitude that the edges of a part are sorted into: all of one height, from the south of its box.
struct LatitudeStrips {
    /// Edges that start in a strip on average, if edges are short.
    private static let edgesPerStrip = 8
    /// Strips that an edge touches on average, at most. Long edges, such as those of a comb, would else fill memory with
    /// the square of their number.
    private static let stripsPerEdge = 16

    /// Steps of latitude that a strip is high.
    let height: Int64
    /// 1 at least.
    let count: Int
    private let south: Int64

    /// - Parameter edges: By the index of the corner they start at.
    init(_ box: MapBox, _ map: RegionMap, edges: [Int32]) {
        let whole = Int64(box.north) - Int64(box.south) + 1
        var height = max(1, whole / Int64(max(1, edges.count / LatitudeStrips.edgesPerStrip)))
        var strips = LatitudeStrips(south: Int64(box.south), whole: whole, height: height)
        // Ends at one strip at the latest, which each edge touches once.
        while strips.touches(of: edges, in: map) > edges.count * LatitudeStrips.stripsPerEdge {
            height *= 2
            strips = LatitudeStrips(south: Int64(box.south), whole: whole, height: height)
        }
        self = strips
    }

    private init(south: Int64, whole: Int64, height: Int64) {
        self.south = south
        self.height = height
        count = Int((whole - 1) / height) + 1
    }

    /// The strips that an edge touches, from the south.
    func touched(by edge: Int32, in map: RegionMap) -> ClosedRange<Int> {
        let (one, other) = (map.vertices[Int(edge)].latitude, map.vertices[Int(edge) + 1].latitude)
        return number(at: min(one, other))...number(at: max(one, other))
    }

    /// A ring cut out may, in a bad map, reach beyond the outer one.
    private func number(at latitude: Int32) -> Int {
        Int(min(max((Int64(latitude) - south) / height, 0), Int64(count - 1)))
    }

    private func touches(of edges: [Int32], in map: RegionMap) -> Int {
        edges.reduce(0) { $0 + touched(by: $1, in: map).count }
    }
}
