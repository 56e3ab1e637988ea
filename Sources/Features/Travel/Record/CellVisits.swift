package import Journeys
package import Model

/// The part of somebody's visits of one resolution that a reading makes anew.
package struct VisitSpan: Hashable, Sendable {
    /// The first moment a replaced visit may begin at.
    package var start: Timestamp
    /// The first moment from which visits stay as they were; nothing for none.
    package var end: Timestamp?
    /// What begins in the span, in order.
    package var visits: [Visit<Int64>]
}

/// Reads visits of one resolution.
struct CellVisits: Sendable {
    private let start: Timestamp
    /// After the last point that is new; nothing if nothing that was known follows.
    private let lastChange: Timestamp?
    private var reader = VisitReader<Int64>()
    /// Where what is not taken yet begins.
    private var spanStart: Timestamp
    private var ended: [Visit<Int64>] = []
    private(set) var reached: Timestamp?

    /// - Parameters:
    ///   - former: The last visit that began before the first point; nothing if there was none.
    ///   - start: The first point, or the track's beginning; points before are passed over.
    ///   - lastChange: The last point that is new, if what is known may hold again after it.
    init(after former: Visit<Int64>?, from start: Timestamp, lastChange: Timestamp?) {
        self.start = start
        self.lastChange = lastChange
        spanStart = former?.entered ?? start
        // Of what it was left at, only the part before the first point counts: the rest is read again.
        reader = VisitReader(
            continuing: former.map {
                let before = Timestamp(milliseconds: start.milliseconds - 1)
                return Visit(cell: $0.cell, entered: $0.entered, left: min($0.left, before))
            })
    }

    /// - Parameter isKnown: Whether a visit of that cell began at that time before.
    mutating func add(_ cell: Int64, at time: Timestamp, isKnown: (Timestamp, Int64) -> Bool) {
        guard reached == nil, time >= start else { return }
        guard let visit = reader.add(cell, at: time) else { return }
        ended.append(visit)
        if let lastChange, time > lastChange, isKnown(time, cell) { reached = time }
    }

    /// What has been read since the last time.
    ///
    /// - Parameter isAll: Whether there are no more points; else what follows the last one is still as it was. The visit that
    ///   goes on is part of it, as long as it is so far.
    mutating func take(isAll: Bool) -> VisitSpan {
        defer { ended.removeAll(keepingCapacity: true) }
        if let reached {
            defer { spanStart = reached }
            return VisitSpan(start: spanStart, end: reached, visits: ended)
        }
        guard let current = reader.current else { return VisitSpan(start: spanStart, end: spanStart, visits: []) }
        defer { spanStart = current.entered }
        let next = Timestamp(milliseconds: current.left.milliseconds + 1)
        return VisitSpan(start: spanStart, end: isAll ? nil : next, visits: ended + [current])
    }
}
