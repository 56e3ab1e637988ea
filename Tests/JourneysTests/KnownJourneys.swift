import Journeys
import Model

/// What is known of a track, kept as a store keeps it: events by their beginnings.
struct KnownJourneys: Equatable {
    var events: [JourneyEvent] = []

    static func == (left: KnownJourneys, right: KnownJourneys) -> Bool {
        Set(left.events) == Set(right.events) && left.events.count == right.events.count
    }

    /// All of a track at once.
    init(reading points: [TrackPoint]) {
        var reader = JourneyReader()
        for point in points { reader.add(point) { events.append($0) } }
        reader.unfinished { events.append($0) }
    }

    init() {}

    var landmarks: [Landmark] {
        events.compactMap { if case .landmark(let landmark) = $0 { landmark } else { nil } }
            .sorted()
    }

    /// Works new points in.
    ///
    /// - Parameter track: All points, the new ones among them.
    /// - Returns: How many points were read.
    mutating func revise(_ track: [TrackPoint], changes: ClosedRange<Timestamp>) -> Int {
        let landmarks = landmarks
        var revision = JourneyRevision(of: changes, landmarks: landmarks)
        var told: [JourneyEvent] = []
        var count = 0
        for point in track where revision.start.map({ point.time >= $0.time }) ?? true {
            count += 1
            if !revision.add(point, isKnown: { landmarks.contains($0) }, { told.append($0) }) { break }
        }
        if revision.end == nil { revision.unfinished { told.append($0) } }
        let (start, end) = (revision.start, revision.end)
        events.removeAll { event in
            if case .landmark(let landmark) = event {
                return start.map { landmark > $0 } ?? true && end.map { landmark < $0 } ?? true
            }
            return start.map { event.beginning >= $0.time } ?? true && end.map { event.beginning < $0.time } ?? true
        }
        events += told
        return count
    }
}

extension JourneyEvent {
    var beginning: Timestamp {
        switch self {
        case .trip(let trip): trip.start.time
        case .stay(let stay): stay.arrival.time
        case .unseen(let way): way.start.time
        case .landmark(let landmark): landmark.time
        }
    }
}
