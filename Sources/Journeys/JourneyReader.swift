internal import Model

/// Reads a track, point by point in the order of time, and tells what it was: stays, trips and ways nobody saw.
///
/// What it tells depends on the points alone, not on how they were handed over. It holds no more than one trip's path.
/// At a ``Landmark`` it knows nothing more of what was before: a reader that begins there tells the same from there on, which
/// is how a late point is worked in without reading everything again (``JourneyRevision``).
package struct JourneyReader: Sendable {
    private enum Phase: Hashable, Sendable {
        case nowhere
        case moving(Movement)
        case staying(Dwelling)
    }

    /// On the way, and perhaps just come to a place.
    private struct Movement: Hashable, Sendable {
        var gauge: TripGauge
        var sketch: PathSketch
        /// What may turn out to be the next stay: all points since are near it.
        var anchor: TrackPoint
        /// The trip as it was there.
        var gaugeAtAnchor: TripGauge
        var sketchAtAnchor: PathSketch.Bookmark

        init(from start: TrackPoint, _ rules: JourneyRules) {
            gauge = TripGauge(from: start)
            sketch = PathSketch(tolerance: rules.pathTolerance)
            sketch.add(start)
            anchor = start
            gaugeAtAnchor = gauge
            sketchAtAnchor = sketch.bookmark
        }

        mutating func add(_ point: TrackPoint, _ rules: JourneyRules) {
            gauge.add(point)
            if point.distance(to: anchor) > rules.stayRadius {
                sketch.add(point)
                if sketch.corners.count > rules.pathCorners { sketch.thin() }
                anchor = point
                gaugeAtAnchor = gauge
                sketchAtAnchor = sketch.bookmark
            } else if sketch.corners.count - sketchAtAnchor.cornerCount < rules.pathCornersNearby {
                sketch.add(point)
            }
        }

        /// The trip up to the newest point.
        func trip(_ rules: JourneyRules) -> Trip? {
            Movement.trip(gauge, sketch.path, rules)
        }

        /// The trip up to the anchor.
        func tripToAnchor(_ rules: JourneyRules) -> Trip? {
            var sketch = sketch
            sketch.rewind(to: sketchAtAnchor)
            return Movement.trip(gaugeAtAnchor, sketch.path, rules)
        }

        private static func trip(_ gauge: TripGauge, _ path: [TrackPoint], _ rules: JourneyRules) -> Trip? {
            guard gauge.distance >= rules.tripDistance, gauge.start.seconds(to: gauge.last) >= rules.tripTime
            else { return nil }
            // Near a place that had too many corners the newest point may be missing.
            let whole = path.last == gauge.last ? path : path + [gauge.last]
            return Trip(
                start: gauge.start, end: gauge.last, distance: gauge.distance, topSpeed: gauge.topSpeed, path: whole)
        }
    }

    /// At a place, or one point away from it.
    private struct Dwelling: Hashable, Sendable {
        var arrival: TrackPoint
        var lastInside: TrackPoint
        /// A point outside; if the next one is inside again, it was an error.
        var outside: TrackPoint?
    }

    private let rules: JourneyRules
    private var filter: SpikeFilter
    private var phase = Phase.nowhere
    private var last: TrackPoint?

    package init(rules: JourneyRules = JourneyRules()) {
        self.rules = rules
        filter = SpikeFilter(rules: rules)
    }

    /// - Precondition: `point` is later than the one before.
    package mutating func add(_ point: TrackPoint, _ tell: (JourneyEvent) -> Void) {
        if let waiting = filter.waiting { precondition(waiting.time < point.time, "points out of order") }
        if let passed = filter.pass(point) { take(passed, tell) }
    }

    /// What is not over yet, as it would be if it ended now.
    package func unfinished(_ tell: (JourneyEvent) -> Void) {
        var reader = self
        if let waiting = filter.waiting { reader.take(waiting, tell) }
        switch reader.phase {
        case .nowhere: break
        case .moving(let movement): movement.trip(rules).map { tell(.trip($0)) }
        case .staying(let dwelling):
            tell(.stay(Stay(arrival: dwelling.arrival, end: dwelling.lastInside.time)))
            if let outside = dwelling.outside {
                reader.depart(dwelling, by: outside).trip(rules).map { tell(.trip($0)) }
            }
        }
    }

    private mutating func take(_ point: TrackPoint, _ tell: (JourneyEvent) -> Void) {
        defer { last = point }
        guard let last else { return begin(at: point, tell) }
        if last.seconds(to: point) > rules.silence {
            hear(point, afterSilenceSince: last, tell)
        } else {
            follow(point, tell)
        }
    }

    private mutating func begin(at point: TrackPoint, _ tell: (JourneyEvent) -> Void) {
        tell(.landmark(Landmark(time: point.time, settled: point.time)))
        phase = .moving(Movement(from: point, rules))
    }

    private mutating func follow(_ point: TrackPoint, _ tell: (JourneyEvent) -> Void) {
        switch phase {
        case .nowhere: begin(at: point, tell)
        case .moving(var movement):
            // Given up while it changes, so that its path is not copied.
            phase = .nowhere
            movement.add(point, rules)
            if movement.anchor.seconds(to: point) >= rules.stayTime {
                settle(movement, point, tell)
            } else {
                phase = .moving(movement)
            }
        case .staying(var dwelling):
            if point.distance(to: dwelling.arrival) <= rules.stayRadius {
                dwelling.lastInside = point
                dwelling.outside = nil
                phase = .staying(dwelling)
            } else if let outside = dwelling.outside {
                tell(.stay(Stay(arrival: dwelling.arrival, end: dwelling.lastInside.time)))
                var movement = depart(dwelling, by: outside)
                movement.add(point, rules)
                if movement.anchor.seconds(to: point) >= rules.stayTime {
                    settle(movement, point, tell)
                } else {
                    phase = .moving(movement)
                }
            } else {
                dwelling.outside = point
                phase = .staying(dwelling)
            }
        }
    }

    /// A movement has turned out to have ended at its anchor.
    private mutating func settle(_ movement: Movement, _ point: TrackPoint, _ tell: (JourneyEvent) -> Void) {
        movement.tripToAnchor(rules).map { tell(.trip($0)) }
        tell(.landmark(Landmark(time: movement.anchor.time, settled: point.time)))
        phase = .staying(Dwelling(arrival: movement.anchor, lastInside: point, outside: nil))
    }

    private func depart(_ dwelling: Dwelling, by outside: TrackPoint) -> Movement {
        var movement = Movement(from: dwelling.lastInside, rules)
        movement.add(outside, rules)
        return movement
    }

    private mutating func hear(
        _ point: TrackPoint, afterSilenceSince last: TrackPoint, _ tell: (JourneyEvent) -> Void
    ) {
        let distance = last.distance(to: point)
        let hasStayed = distance < rules.silentPace * last.seconds(to: point)
        switch phase {
        case .nowhere: break
        case .staying(let dwelling):
            if point.distance(to: dwelling.arrival) <= rules.stayRadius { return follow(point, tell) }
            if let outside = dwelling.outside {
                tell(.stay(Stay(arrival: dwelling.arrival, end: dwelling.lastInside.time)))
                phase = .moving(depart(dwelling, by: outside))
                return hear(point, afterSilenceSince: last, tell)
            }
            tell(.stay(Stay(arrival: dwelling.arrival, end: hasStayed ? point.time : dwelling.lastInside.time)))
        case .moving(let movement):
            if point.distance(to: movement.anchor) <= rules.stayRadius { return follow(point, tell) }
            if hasStayed {
                movement.tripToAnchor(rules).map { tell(.trip($0)) }
                tell(.stay(Stay(arrival: movement.anchor, end: point.time)))
            } else {
                movement.trip(rules).map { tell(.trip($0)) }
            }
        }
        tell(.unseen(UnseenWay(start: last, end: point)))
        begin(at: point, tell)
    }
}
