/// A moment of a loop's monotonic clock; comparable among loops of one process.
package struct LoopInstant: Hashable, Comparable, Sendable {
    /// Milliseconds since an arbitrary moment, the same for every loop.
    package var milliseconds: UInt64

    package init(milliseconds: UInt64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: LoopInstant, right: LoopInstant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time from `right` to `left`; negative if `left` is earlier.
    package static func - (left: LoopInstant, right: LoopInstant) -> Duration {
        .milliseconds(Int64(bitPattern: left.milliseconds &- right.milliseconds))
    }

    package func advanced(by duration: Duration) -> LoopInstant {
        LoopInstant(milliseconds: milliseconds &+ UInt64(bitPattern: duration.wholeMilliseconds))
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, so that a timer never fires early.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
