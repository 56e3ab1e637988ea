package import Journeys
package import Model

/// Where in a track a reading has to begin, and what was known after it.
package struct RecordStart: Sendable {
    /// The first point that is not worked in.
    package var change: Timestamp
    /// The last point that is not worked in, if something is known of points after it; then the reading ends where that holds
    /// again.
    package var lastChange: Timestamp?
    /// When the last visit began that began before the change.
    package var visitRes8: Timestamp?
    package var visitRes6: Timestamp?
    /// The last two landmarks that settled before the change, in order.
    package var landmarks: [Landmark]

    /// The first point to read; nothing for the track's beginning.
    package var point: Timestamp? {
        guard landmarks.count >= 2, let landmark = landmarks.dropLast().last else { return nil }
        return min(landmark.time, visitRes8 ?? change, visitRes6 ?? change)
    }
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
        visitsRes8 = CellVisits(from: start.visitRes8 ?? start.change, lastChange: start.lastChange)
        visitsRes6 = CellVisits(from: start.visitRes6 ?? start.change, lastChange: start.lastChange)
        last = start.point ?? Timestamp(milliseconds: .min)
    }

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
        // What was worked in before has been noted then.
        if point.time >= start.change, start.lastChange.map({ point.time <= $0 }) ?? true {
            note(res8, at: point.time)
            note(res6, at: point.time)
            note(dayOf: point.time)
        }
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
            change.rest = min(res8.end ?? last, res6.end ?? last, journeys.reached == nil ? settled : last)
        }
        cells.removeAll(keepingCapacity: true)
        days.removeAll(keepingCapacity: true)
        lastDay = nil
        return change
    }

    private mutating func note(dayOf time: Timestamp) {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let day = Int32(clamping: remainder < 0 ? quotient - 1 : quotient)
        guard day != lastDay else { return }
        days.insert(day)
        lastDay = day
    }

    private mutating func note(_ cell: Int64, at time: Timestamp) {
        cells[cell, default: CellTimes(first: time, last: time)].last = time
    }
}
