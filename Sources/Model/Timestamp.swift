/// A moment in UTC, to the millisecond: what the wire, the actors and the tables agree on.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z; negative before it.
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time from this moment to `later`; negative if `later` is earlier.
    package func duration(to later: Timestamp) -> Duration {
        .milliseconds(later.milliseconds - milliseconds)
    }

    /// This moment moved by `duration`, cut to whole milliseconds.
    package func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(milliseconds: milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
