import Model

/// A fix and when to send it.
struct ScheduledFix: Hashable, Sendable {
    /// From the start of the replay.
    var due: Duration
    /// Its `capturedAt` is final.
    var fix: Fix
}

/// Where a device's fixes come from, one after the other, each due no earlier and captured later than the one before.
protocol FixSource {
    /// The next fix, or nothing at the end.
    mutating func next() -> ScheduledFix?

    /// How many there are in all; unknown where there is no end.
    var total: Int? { get }
}
