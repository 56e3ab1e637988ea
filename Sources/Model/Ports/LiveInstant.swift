/// A moment of a loop's monotonic clock: it never jumps, and means nothing outside its process.
package struct LiveInstant: Hashable, Comparable, Sendable {
    /// Since an origin the loop chooses.
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: LiveInstant, right: LiveInstant) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
