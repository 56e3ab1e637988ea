package import Model

/// In which country and region a place is; the map in memory, ready to be asked.
///
/// A place is in a part of the map if it is inside its borders. Of parts that overlap the smallest has it, so that an enclave
/// need not be cut out of what is around it. A place on a border, or nearer to one than the map's centimetre, is on one side
/// of it, always the same. A place in none is in the nearest part within ``reach``, if there is one: coasts and lakes are
/// simplified, and ferries and piers should count. Else it is at sea.
///
/// Callable from any thread. About 20 MB for the earth, made in a tenth of a second.
package struct RegionIndex: Sendable {
    /// Metres from a shore or border up to which a place outside of all parts belongs to the nearest.
    package static let reach = 10_000.0

    let map: RegionMap
    let shapes: [PartShape]
    /// For each of the 180 × 360 squares of a degree, the shapes whose box touches it, small ones first.
    private let squareStarts: [Int32]
    private let squares: [Int32]

    package init(_ map: RegionMap) {
        self.map = map
        // Small ones first, so that the first that has a place is the smallest.
        shapes = map.parts.indices.map { PartShape(map, part: $0) }.sorted {
            ($0.area, $0.part) < ($1.area, $1.part)
        }
        var counts = [Int32](repeating: 0, count: 180 * 360 + 1)
        for shape in shapes { shape.forEachSquare { counts[$0 + 1] += 1 } }
        for square in 1..<counts.count { counts[square] += counts[square - 1] }
        squareStarts = counts
        var entries = [Int32](repeating: 0, count: Int(counts[counts.count - 1]))
        for (number, shape) in shapes.enumerated() {
            shape.forEachSquare { square in
                entries[Int(counts[square])] = Int32(number)
                counts[square] += 1
            }
        }
        squares = entries
    }

    package var countries: [Country] { map.countries }
    package var regions: [Region] { map.regions }

    /// Where a place is; nothing at sea.
    package func locate(_ place: Coordinate) -> Whereabouts? {
        if let number = shape(at: place) { return whereabouts(number, distance: 0) }
        guard let (number, distance) = nearest(to: place) else { return nil }
        return whereabouts(number, distance: distance)
    }

    /// The part of the map that a place is inside of, and nothing in water. An index into ``RegionMap/parts``.
    func part(at place: Coordinate) -> Int? { shape(at: place).map { Int(shapes[$0].part) } }

    private func whereabouts(_ shape: Int, distance: Double) -> Whereabouts {
        let part = map.parts[Int(shapes[shape].part)]
        return Whereabouts(
            country: map.countries[Int(part.country)],
            region: part.region < 0 ? nil : map.regions[Int(part.region)], metresAway: distance)
    }

    private func shape(at place: Coordinate) -> Int? {
        let point = MapPoint(place)
        return shapes(in: MapSquare(place).number).first { shapes[Int($0)].contains(point, in: map) }.map(Int.init)
    }

    fileprivate func shapes(in square: Int) -> ArraySlice<Int32> {
        squares[Int(squareStarts[square])..<Int(squareStarts[square + 1])]
    }

    /// The nearest shape within ``reach``; of several that are equally near, the smallest.
    private func nearest(to place: Coordinate) -> (Int, Double)? {
        let view = LocalView(of: place)
        var best: (Int, Double)?
        for square in view.squares {
            for number in shapes(in: square) {
                let limit = best?.1 ?? RegionIndex.reach
                guard let distance = shapes[Int(number)].distance(from: view, in: map, within: limit) else { continue }
                if let (other, least) = best, (distance, Int(number)) >= (least, other) { continue }
                best = (Int(number), distance)
            }
        }
        return best
    }
}

extension RegionIndex {
    /// Whether any part's box comes near a place; for leaving open sea out.
    ///
    /// - Parameter degrees: Of latitude.
    func hasLand(within degrees: Double, of place: Coordinate) -> Bool {
        LocalView.squares(around: place, within: degrees).contains { !shapes(in: $0).isEmpty }
    }
}
