package import Journeys
internal import Model

/// The part of somebody's journeys that a reading makes anew.
package struct JourneySpan: Hashable, Sendable {
    /// Where it was read from, which stays; the track's beginning if nothing.
    package var start: Landmark?
    /// From where on everything stays as it was; nothing for nowhere.
    package var end: Landmark?
    /// What begins in it.
    package var events: [JourneyEvent]
}

/// Reads journeys from a landmark on and keeps what is told since the last landmark, which may have to be told again.
struct JourneyReading: Sendable {
    private var revision: JourneyRevision
    private var spanStart: Landmark?
    private var told: [JourneyEvent] = []

    init(_ revision: JourneyRevision) {
        self.revision = revision
        spanStart = revision.start
    }

    var reached: Landmark? { revision.end }

    /// The point up to which nothing can change any more what has been taken.
    var settled: Timestamp? { spanStart?.settled }

    mutating func add(_ point: TrackPoint, isKnown: (Landmark) -> Bool) {
        guard revision.end == nil, revision.start.map({ point.time >= $0.time }) ?? true else { return }
        _ = revision.add(point, isKnown: isKnown) { told.append($0) }
    }

    /// What has been read since the last time.
    ///
    /// - Parameter isAll: Whether there are no more points; then what is not over is part of it.
    /// - Returns: Nothing if no landmark has been reached, so that nothing can be said yet.
    mutating func take(isAll: Bool) -> JourneySpan? {
        if let end = revision.end {
            defer { told = [] }
            return JourneySpan(start: spanStart, end: end, events: told)
        }
        // The last landmark and what was told since begin the next part.
        let index = told.lastIndex { if case .landmark = $0 { true } else { false } }
        guard let index, case .landmark(let landmark) = told[index] else {
            return isAll ? unfinished : nil
        }
        defer {
            spanStart = landmark
            told.removeSubrange(...index)
        }
        return isAll ? unfinished : JourneySpan(start: spanStart, end: landmark, events: Array(told[...index]))
    }

    private var unfinished: JourneySpan {
        var events = told
        revision.unfinished { events.append($0) }
        return JourneySpan(start: spanStart, end: nil, events: events)
    }
}
