internal import H3
internal import Model

/// How many cells countries and regions have, by which it is told what share of them somebody has seen.
///
/// A cell of resolution 6 belongs to where its centre is, inside the borders: water does not count. These are counted, all that
/// there are. Cells of resolution 8 would take minutes; they are reckoned from the area, divided by the area of an
/// eighth-resolution cell there (a forty-ninth of the mean of the counted cells), true to about one in a hundred for
/// regions of 100 km² and more. Whatever is on the map has one cell at least.
package struct CellCounts: Hashable, Sendable {
    package struct Count: Hashable, Sendable {
        /// Cells of resolution 6.
        package internal(set) var city = 0
        /// Cells of resolution 8, estimated.
        package internal(set) var neighbourhood = 0
        /// Square kilometres within the borders.
        package internal(set) var squareKilometres = 0.0
        /// Of the counted cells, together.
        var cellArea = 0.0
    }

    /// As ``RegionIndex/countries``.
    package private(set) var countries: [Count]
    /// As ``RegionIndex/regions``.
    package private(set) var regions: [Count]

    /// Counts; takes some seconds for the earth.
    ///
    /// - Parameter progress: Hears how many of the coarsest cells are counted, and how many there are.
    package init(of index: RegionIndex, progress: (Int, Int) -> Void = { _, _ in }) {
        countries = Array(repeating: Count(), count: index.countries.count)
        regions = Array(repeating: Count(), count: index.regions.count)
        for shape in index.shapes {
            add(to: index.map.parts[Int(shape.part)]) { $0.squareKilometres += shape.area / 1e6 }
        }
        let roots = Cell.roots
        for (number, root) in roots.enumerated() {
            count(root, in: index)
            progress(number + 1, roots.count)
        }
        for number in countries.indices { countries[number].finish() }
        for number in regions.indices { regions[number].finish() }
    }

    private mutating func add(to part: RegionMap.Part, _ change: (inout Count) -> Void) {
        change(&countries[Int(part.country)])
        if part.region >= 0 { change(&regions[Int(part.region)]) }
    }

    /// Goes down to where the cells are that count, past open sea.
    private mutating func count(_ cell: Cell, in index: RegionIndex) {
        guard cell.resolution < CellCounts.coarse else {
            if index.hasLand(within: CellCounts.coarseDegrees, of: cell.centre) { countChildren(of: cell, in: index) }
            return
        }
        guard let finer = Resolution(cell.resolution.rawValue + 1), let children = try? cell.children(at: finer) else {
            preconditionFailure("a cell of a coarse resolution has children")
        }
        for child in children { count(child, in: index) }
    }

    private mutating func countChildren(of cell: Cell, in index: RegionIndex) {
        guard let children = try? cell.children(at: .city) else {
            preconditionFailure("a cell of a coarse resolution has children")
        }
        // One area for all of them: they differ by less than a hundredth.
        let area = children[children.count / 2].squareMetres
        for child in children {
            guard let part = index.part(at: child.centre) else { continue }
            add(to: index.map.parts[part]) {
                $0.city += 1
                $0.cellArea += area
            }
        }
    }

    /// Where it is looked whether there is any land at all.
    private static let coarse = Resolution(3) ?? .city
    /// Degrees of latitude in which all of such a cell's grandchildren are; it is 75 km from its centre to a corner at most.
    private static let coarseDegrees = 1.0
}

extension CellCounts.Count {
    fileprivate mutating func finish() {
        let mean = city > 0 ? cellArea / Double(city) / 49 : 737_327.6
        neighbourhood = max(1, Int((squareKilometres * 1e6 / mean).rounded()))
        city = max(1, city)
    }
}
