package import Journeys
package import Model

/// Where in a track a reading has to begin, and what was known after it.
package struct RecordStart: Sendable {
    /// The first point that is not worked in.
    package var change: Timestamp
    /// The last point that is not worked in, if something is known of points after it; then the reading ends where that holds
    /// again.
    package var lastChange: Timestamp?
    /// The last visits that began before ``point``.
    package var visitRes8: Visit<Int64>?
    package var visitRes6: Visit<Int64>?
    /// The last two landmarks that settled before the change, in order.
    package var landmarks: [Landmark]
    /// Where somebody stayed at ``point``, of which no earlier point is left.
    package var arrival: TrackPoint?
    /// Where the points begin that are left, when there are not two landmarks after it.
    package var floor: Timestamp?

    /// The first point to read; nothing for the track's beginning.
    package var point: Timestamp? { floor ?? (landmarks.count >= 2 ? landmarks.dropLast().last?.time : nil) }
}

/// What was known of a stretch of a track.
package struct KnownRecord: Sendable {
    package var landmarks: Set<Landmark> = []
    /// The cells that were entered, by when.
    package var entriesRes8: [Timestamp: Int64] = [:]
    package var entriesRes6: [Timestamp: Int64] = [:]

    package init() {}
}

/// Reads a track's points into a record, from where something changed to where what was known holds again, or to the end.
/// At the end it can be kept, and goes on with what comes next.
package struct RecordReading: Sendable {
    private var journeys: JourneyReading
    private var visitsRes8: CellVisits
    private var visitsRes6: CellVisits
    private var cells: [Int64: CellTimes] = [:]
    private var days: Set<Int32> = []
    private var lastDay: Int32?
    private let start: RecordStart
    package private(set) var last: Timestamp

    package init(from start: RecordStart, rules: JourneyRules = JourneyRules()) {
        self.start = start
        let end = start.lastChange ?? Timestamp(milliseconds: .max)
        journeys = JourneyReading(
            JourneyRevision(of: start.change...max(start.change, end), landmarks: start.landmarks, rules: rules))
        let first = start.point ?? .trackBeginning
        visitsRes8 = CellVisits(after: start.visitRes8, from: first, lastChange: start.lastChange)
        visitsRes6 = CellVisits(after: start.visitRes6, from: first, lastChange: start.lastChange)
        last = first
        if let arrival = start.arrival { journeys.add(arrival) { _ in false } }
    }

    /// Whether what comes after all that was read can be read on.
    package var goesOn: Bool { start.lastChange == nil }

    /// Whether what was known holds again, of everything.
    package var isDone: Bool { journeys.reached != nil && visitsRes8.reached != nil && visitsRes6.reached != nil }

    /// Reads the next point.
    ///
    /// - Parameters:
    ///   - res8: The cell of resolution 8 that it is in.
    ///   - res6: And of resolution 6.
    ///   - known: What was known of the time the point is in, after the last change.
    package mutating func add(_ point: TrackPoint, res8: Int64, res6: Int64, known: KnownRecord) {
        last = point.time
        // All of it, not the change alone: what was stored a moment ago may be among it, and be marked later.
        note(res8, at: point.time)
        note(res6, at: point.time)
        note(dayOf: point.time)
        visitsRes8.add(res8, at: point.time) { known.entriesRes8[$0] == $1 }
        visitsRes6.add(res6, at: point.time) { known.entriesRes6[$0] == $1 }
        journeys.add(point) { known.landmarks.contains($0) }
    }

    /// What has been read since the last time.
    ///
    /// - Parameter isAll: Whether there are no more points.
    package mutating func take(isAll: Bool) -> RecordChange {
        let (res8, res6) = (visitsRes8.take(isAll: isAll), visitsRes6.take(isAll: isAll))
        var change = RecordChange(
            cells: cells, days: days, visitsRes8: res8, visitsRes6: res6, journeys: journeys.take(isAll: isAll),
            rest: nil, last: last)
        if !isAll, !isDone {
            // Whatever begins before this is as it will be.
            let settled = journeys.settled.map { Timestamp(milliseconds: $0.milliseconds + 1) } ?? start.change
            change.rest = min(last, journeys.reached == nil ? settled : last)
        }
        cells.removeAll(keepingCapacity: true)
        days.removeAll(keepingCapacity: true)
        return change
    }

    private mutating func note(dayOf time: Timestamp) {
        let day = RecordChange.day(of: time)
        guard day != lastDay else { return }
        days.insert(day)
        lastDay = day
    }

    private mutating func note(_ cell: Int64, at time: Timestamp) {
        cells[cell, default: CellTimes(first: time, last: time)].last = time
    }
}

extension Timestamp {
    /// Before every point: the year 1.
    static let trackBeginning = Timestamp(milliseconds: -62_135_596_800_000)
}
