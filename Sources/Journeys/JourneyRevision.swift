package import Model

/// Reads the part of a track again that points have come into: from the landmark before the change to the first one after it
/// that is as it was.
///
/// The journeys of the whole track are then: those that were known up to ``start``, what this told, and those that were known
/// from ``end`` on.
package struct JourneyRevision: Sendable {
    /// Where the reading begins; the track's beginning if nothing.
    package let start: Landmark?
    /// Where what was known holds again; nothing while that has not been reached.
    package private(set) var end: Landmark?
    private let lastChange: Timestamp
    private var reader: JourneyReader

    /// - Parameters:
    ///   - changes: From the earliest to the latest point that is new.
    ///   - landmarks: The known ones that settled before the change, the last two at least, in order.
    package init(of changes: ClosedRange<Timestamp>, landmarks: [Landmark], rules: JourneyRules = JourneyRules()) {
        // The last one might be undone: whether the point that settled it is an error depends on the one after it, which may
        // be new. The one before has a point after it that was there.
        let before = landmarks.filter { $0.settled < changes.lowerBound }
        start = before.dropLast().last
        lastChange = changes.upperBound
        reader = JourneyReader(rules: rules)
    }

    /// Reads the next point of the track from ``start`` on, new ones and known ones.
    ///
    /// - Parameter isKnown: Whether a landmark was there before.
    /// - Returns: Whether to go on; else ``end`` is reached.
    package mutating func add(
        _ point: TrackPoint, isKnown: (Landmark) -> Bool, _ tell: (JourneyEvent) -> Void
    ) -> Bool {
        var reached: Landmark?
        let (first, lastChange) = (start, lastChange)
        reader.add(point) { event in
            guard reached == nil else { return }
            if case .landmark(let landmark) = event {
                // The reading begins there.
                if let first, landmark <= first { return }
                if landmark.time > lastChange, isKnown(landmark) {
                    reached = landmark
                    return
                }
            }
            tell(event)
        }
        end = reached
        return reached == nil
    }

    /// When the track has no more points: what is not over.
    package func unfinished(_ tell: (JourneyEvent) -> Void) { reader.unfinished(tell) }
}
