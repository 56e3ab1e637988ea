package import Model

/// A while in one cell: from the first point there to the last before one elsewhere.
package struct Visit<Cell: Hashable & Sendable>: Hashable, Sendable {
    package var cell: Cell
    package var entered: Timestamp
    package var left: Timestamp

    package init(cell: Cell, entered: Timestamp, left: Timestamp) {
        self.cell = cell
        self.entered = entered
        self.left = left
    }
}

/// Makes visits of the cells that somebody's points are in, in the order of time.
///
/// A visit ends with the first point in another cell, or with a silence of a day. So visits depend on the points alone, and
/// a point that comes late changes the visit that it falls into and no more than the ones beside it.
package struct VisitReader<Cell: Hashable & Sendable>: Sendable {
    /// Longer without a point, and what comes is another visit. Milliseconds.
    package static var longestSilence: Int64 { 86_400_000 }

    /// The one that goes on.
    package private(set) var current: Visit<Cell>?

    /// - Parameter current: What goes on, when what was before has been read earlier.
    package init(continuing current: Visit<Cell>? = nil) { self.current = current }

    /// - Precondition: `time` is later than the one before.
    /// - Returns: The visit that ended with this point.
    package mutating func add(_ cell: Cell, at time: Timestamp) -> Visit<Cell>? {
        guard let visit = current else {
            current = Visit(cell: cell, entered: time, left: time)
            return nil
        }
        precondition(visit.left < time, "points out of order")
        if visit.cell == cell, time.milliseconds - visit.left.milliseconds <= Self.longestSilence {
            current?.left = time
            return nil
        }
        current = Visit(cell: cell, entered: time, left: time)
        return visit
    }
}
