package import Model

/// Decides what is written of operations that change nothing and may be repeated at will: refused attempts, and looks at
/// lists. Reads no clock and touches no database.
///
/// The first of a caller, an operation and an outcome is written at once; what follows within a minute is counted and written
/// as one entry when the minute is over. So the log grows by at most two entries a minute for each of them, however often
/// somebody tries. Moments are counted from any fixed start, and never go back.
package struct AuditTally: ~Copyable {
    private struct Subject: Hashable {
        let actor: AuditActor
        let operation: String
        let outcome: AuditOutcome
    }

    private struct Window {
        let end: Duration
        /// The newest of those that were not written; `attempts` says how many they are.
        var unwritten: AuditEntry?
    }

    package static let window = Duration.seconds(60)

    private let capacity: Int
    private var windows: [Subject: Window] = [:]
    /// Entries that nothing was kept of, because too many callers did too many things within a minute.
    package private(set) var dropped = 0

    /// - Parameter capacity: Callers, operations and outcomes that are told apart at the same time.
    package init(capacity: Int = 1000) { self.capacity = capacity }

    /// When ``takeEnded(at:)`` has something to do; nothing while no window is open.
    package var nextEnd: Duration? { windows.values.lazy.map(\.end).min() }

    /// - Returns: The entry if it is to be written now; nothing if it was counted.
    package mutating func note(_ entry: AuditEntry, at now: Duration) -> AuditEntry? {
        let subject = Subject(actor: entry.actor, operation: entry.operation, outcome: entry.outcome)
        guard var window = windows[subject] else {
            guard windows.count < capacity else {
                dropped += 1
                return nil
            }
            windows[subject] = Window(end: now + AuditTally.window)
            return entry
        }
        var newest = entry
        newest.attempts = (window.unwritten?.attempts ?? 0) + entry.attempts
        window.unwritten = newest
        windows[subject] = window
        return nil
    }

    /// Gives up the windows that are over, and what was counted in them.
    package mutating func takeEnded(at now: Duration) -> [AuditEntry] { take { $0.end <= now } }

    /// Gives up everything, for a hub that stops.
    package mutating func takeAll() -> [AuditEntry] { take { _ in true } }

    private mutating func take(_ isOver: (Window) -> Bool) -> [AuditEntry] {
        let ended = windows.filter { isOver($0.value) }
        for subject in ended.keys { windows[subject] = nil }
        return ended.values.compactMap(\.unwritten).sorted { $0.at < $1.at }
    }
}
