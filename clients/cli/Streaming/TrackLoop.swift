import Model

/// A recorded track without end, there and back again, so that nobody jumps from its end to its beginning.
///
/// Unlike in ``TrackReplay`` every fix bears the time at which it is due: with the recorded spacing kept, a second lap
/// at 10x would begin before the first one ended. The spacing is therefore the recorded one divided by the speed.
struct TrackLoop: FixSource, Sendable {
    private let fixes: [Fix]
    private let factor: Double
    private let start: Timestamp
    private let length: Duration
    private let pause: Duration
    private var lap = 0
    private var position = 0
    private var last: Timestamp?

    var total: Int? { nil }

    /// - Parameter factor: The speed, 1 or more.
    init(_ track: Track, factor: Double, start: Timestamp) {
        fixes = track.fixes
        self.factor = factor
        self.start = start
        length = track.length
        pause = track.fixes.count > 1 ? max(track.length / (track.fixes.count - 1), .milliseconds(100)) : .seconds(1)
    }

    mutating func next() -> ScheduledFix? {
        guard let first = fixes.first else { return nil }
        let goesBack = lap % 2 == 1
        var fix = fixes[goesBack ? fixes.count - 1 - position : position]
        let offset = first.capturedAt.duration(to: fix.capturedAt)
        let due = ((length + pause) * lap + (goesBack ? length - offset : offset)) / factor
        if goesBack { fix.bearing = fix.bearing.map { $0 < 180 ? $0 + 180 : $0 - 180 } }
        fix.capturedAt = start.advanced(by: due)
        // At high speeds two fixes may fall into one millisecond, which the hub would take for the same one.
        if let last, fix.capturedAt <= last { fix.capturedAt = last.advanced(by: .milliseconds(1)) }
        last = fix.capturedAt
        position += 1
        if position == fixes.count {
            position = 0
            lap += 1
        }
        return ScheduledFix(due: due, fix: fix)
    }
}
