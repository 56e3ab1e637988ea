internal import Glibc

/// How far a long task is, how fast it goes, and how long the rest of it takes if it goes on so.
///
/// Reads no clock: each moment is handed in, as the time since any fixed one. A moment that lies before an earlier one
/// counts as that one.
package struct ProgressMeter: Hashable, Sendable {
    /// What is done; never negative.
    package private(set) var done: Int64 = 0
    /// What there was said to be.
    private var expected: Int64?
    /// Whether what there is to do is an estimate.
    package let isEstimate: Bool

    private let begun: Duration
    private var latest: Duration
    /// Since when the rate is measured: the beginning, or the last time that the task went back.
    private var steady: Duration
    /// When the rate was last taken, and what was done then.
    private var sampled: Duration
    private var counted: Int64 = 0
    /// The weighted sum of rates a second, and of their weights.
    private var rates = 0.0
    private var weights = 0.0

    /// What is older than this counts little for the rate, in seconds.
    private static let memory = 5.0
    /// Rates over less than this are noise.
    private static let shortestSample = Duration.milliseconds(200)
    /// Before this nothing can be said of the rate.
    private static let earliest = Duration.seconds(1)

    /// - Parameter total: What there is to do; nothing if nobody knows. Negative is as 0.
    package init(total: Int64?, isEstimate: Bool = false, at now: Duration) {
        expected = total.map { max(0, $0) }
        self.isEstimate = isEstimate
        begun = now
        latest = now
        steady = now
        sampled = now
    }

    /// Takes note of what is done by now. Less than before means that the task has begun anew, and so does its rate.
    package mutating func move(to done: Int64, at now: Duration) {
        latest = max(latest, now)
        let done = max(0, done)
        defer { self.done = done }
        guard done >= counted, done >= self.done else {
            (rates, weights) = (0, 0)
            (steady, sampled, counted) = (latest, latest, done)
            return
        }
        let passed = latest - sampled
        guard passed >= ProgressMeter.shortestSample else { return }
        let seconds = passed / .seconds(1)
        // The exponentially weighted mean over time; the sum of weights makes up for that it begins at nothing.
        let kept = exp(-seconds / ProgressMeter.memory)
        rates = rates * kept + (Double(done) - Double(counted)) / seconds * (1 - kept)
        weights = weights * kept + (1 - kept)
        (sampled, counted) = (latest, done)
    }

    /// Takes note that nothing more is done by now.
    package mutating func tick(at now: Duration) { move(to: done, at: now) }

    /// What there is to do has become known, or another.
    package mutating func expect(_ total: Int64?) { expected = total.map { max(0, $0) } }

    /// What there is to do; nothing if nobody knows, or if more is done than was estimated.
    package var total: Int64? {
        guard let expected else { return nil }
        return isEstimate && done > expected ? nil : max(expected, done)
    }

    /// 0 … 1; nothing if nobody knows. Nothing to do is done.
    package var fraction: Double? {
        guard let total else { return nil }
        return total == 0 ? 1 : Double(done) / Double(total)
    }

    /// How much is done a second, of late; nothing while it is too early to tell.
    package var rate: Double? {
        guard latest - steady >= ProgressMeter.earliest, weights > 0 else { return nil }
        return rates / weights
    }

    /// How long the rest takes at this rate, up to a billion seconds; nothing if nobody can tell.
    package var remaining: Duration? {
        guard let total, done < total, let rate, rate > 0 else { return nil }
        return .seconds(min((Double(total) - Double(done)) / rate, 1e9))
    }

    /// Since its beginning.
    package var elapsed: Duration { latest - begun }

    /// What was done a second from the beginning on; nothing if it took no time.
    package var meanRate: Double? {
        elapsed >= ProgressMeter.earliest ? Double(done) / (elapsed / .seconds(1)) : nil
    }
}
