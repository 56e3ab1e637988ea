internal import Journeys
package import Model

/// When somebody was in a cell, of the points that were read.
package struct CellTimes: Hashable, Sendable {
    package var first: Timestamp
    package var last: Timestamp
}

/// What a reading of a part of a track makes of somebody's record.
package struct RecordChange: Hashable, Sendable {
    /// By cell, of both resolutions.
    package var cells: [Int64: CellTimes] = [:]
    /// Days in UTC, counted from 1970-01-01.
    package var days: Set<Int32> = []
    package var visitsRes8: VisitSpan
    package var visitsRes6: VisitSpan
    package var journeys: JourneySpan?
    /// From where on points are not worked in yet; nothing if all are.
    package var rest: Timestamp?
    /// The last point that was read.
    package var last: Timestamp

    /// - Precondition: Not before what was noted earlier.
    mutating func note(_ cell: Int64, at time: Timestamp) {
        cells[cell, default: CellTimes(first: time, last: time)].last = time
    }

    static func day(of time: Timestamp) -> Int32 {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        return Int32(clamping: remainder < 0 ? quotient - 1 : quotient)
    }

    /// Leaves what begins at `end` or later as it is.
    mutating func bound(by end: Timestamp) {
        visitsRes8.end = min(visitsRes8.end ?? end, end)
        visitsRes6.end = min(visitsRes6.end ?? end, end)
        if journeys?.end == nil { journeys?.end = Landmark(time: end, settled: end) }
    }
}
