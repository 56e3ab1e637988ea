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
}
