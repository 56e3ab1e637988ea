/// Decides when a task is told of; reads no clock and writes nothing.
struct ProgressPolicy: ~Copyable {
    /// Where people look.
    enum Medium: Hashable, Sendable {
        /// A line that is drawn anew in place.
        case terminal
        /// Lines, one after another.
        case lines
    }

    private let medium: Medium
    private var told: Duration?
    /// Tenths that have been told of, of the task that is under way.
    private var tenths = 0

    /// Of a line that is drawn in place.
    private static let shortestDrawing = Duration.milliseconds(100)
    /// Of lines: the least time between tenths, and the most without a line.
    private static let shortestLine = Duration.seconds(1)
    private static let longestSilence = Duration.seconds(10)

    init(_ medium: Medium) { self.medium = medium }

    /// A task begins. Returns whether that is told.
    mutating func begin(at now: Duration) -> Bool {
        tenths = 0
        guard medium == .terminal else {
            told = now
            return true
        }
        return isDue(fraction: nil, at: now)
    }

    /// Whether it is time to tell how far it is.
    mutating func isDue(fraction: Double?, at now: Duration) -> Bool {
        let since = told.map { now - $0 } ?? ProgressPolicy.longestSilence
        let reached = fraction.map { Int($0 * 10) } ?? 0
        let isDue =
            switch medium {
            case .terminal: since >= ProgressPolicy.shortestDrawing
            case .lines:
                since >= ProgressPolicy.longestSilence
                    // All of it is told of by its end.
                    || (reached > tenths && reached < 10 && since >= ProgressPolicy.shortestLine)
            }
        guard isDue else { return false }
        told = now
        tenths = max(tenths, reached)
        return true
    }
}
