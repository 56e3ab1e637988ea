import Model

/// A recorded track, moved to now.
///
/// The hub takes no fix from the future and none older than seven days, so a track's times are shifted as a whole:
/// its *last* fix falls on the moment at which the replay will end. The recorded spacing is kept exactly. At 1x every
/// fix then bears the time at which it is sent; at 10x the first fixes lie in the past, and none ever in the future.
struct TrackReplay: FixSource, Sendable {
    private let fixes: [Fix]
    private let speed: ReplaySpeed
    /// What is added to the recorded times.
    private let shift: Duration
    /// The recorded moment that the replay begins with.
    private let origin: Timestamp
    private var position = 0

    var total: Int? { fixes.count }

    /// - Parameters:
    ///   - start: The wall clock's time when the replay begins.
    ///   - span: The recorded times that are replayed together, this track's among them; the track's own if `nil`.
    init(_ track: Track, speed: ReplaySpeed, start: Timestamp, span: ClosedRange<Timestamp>? = nil) {
        fixes = track.fixes
        self.speed = speed
        let first = span?.lowerBound ?? track.fixes.first?.capturedAt ?? start
        let last = span?.upperBound ?? track.fixes.last?.capturedAt ?? start
        origin = first
        shift = last.duration(to: start.advanced(by: speed.wallTime(first.duration(to: last))))
    }

    mutating func next() -> ScheduledFix? {
        guard position < fixes.count else { return nil }
        var fix = fixes[position]
        position += 1
        let due = speed.wallTime(origin.duration(to: fix.capturedAt))
        fix.capturedAt = fix.capturedAt.advanced(by: shift)
        return ScheduledFix(due: due, fix: fix)
    }

    /// How far in the past the first fix will lie when it is sent.
    static func age(of length: Duration, at speed: ReplaySpeed) -> Duration { length - speed.wallTime(length) }

    /// The oldest a first fix may be: the hub's seven days, less an hour for delays.
    static let longestAge: Duration = .seconds(7 * 86400 - 3600)
}
