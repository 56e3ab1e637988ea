package import Model
internal import Synchronization

/// A time of day that stands still until it is moved.
package final class ManualClock: LiveClock {
    private let moment: Mutex<Timestamp>

    /// - Parameter start: 2026-01-01T00:00:00Z if not given.
    package init(_ start: Timestamp = Timestamp(milliseconds: 1_767_225_600_000)) {
        moment = Mutex(start)
    }

    package var now: Timestamp { moment.withLock { $0 } }

    package func advance(by duration: Duration) {
        moment.withLock { $0 = $0.advanced(by: duration) }
    }

    package func set(_ now: Timestamp) {
        moment.withLock { $0 = now }
    }
}
