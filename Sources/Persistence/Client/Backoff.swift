/// How long to wait before trying again: twice as long each time up to a bound, less a random part, so that many who
/// failed together do not return together.
package struct Backoff: Hashable, Sendable {
    /// The wait after the first failure. Default 50 ms.
    package var shortest: Duration
    /// The bound. Default 5 s.
    package var longest: Duration

    package init(shortest: Duration = .milliseconds(50), longest: Duration = .seconds(5)) {
        self.shortest = shortest
        self.longest = longest
    }

    /// The wait after `failures` failures in a row (1 or more): between half of the full wait and all of it.
    package func delay(
        afterFailures failures: Int, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        fullDelay(afterFailures: failures) * Double.random(in: 0.5...1, using: &generator)
    }

    package func delay(afterFailures failures: Int) -> Duration {
        fullDelay(afterFailures: failures) * Double.random(in: 0.5...1)
    }

    private func fullDelay(afterFailures failures: Int) -> Duration {
        var full = shortest
        for _ in 1..<max(failures, 1) where full < longest { full = full * 2 }
        return min(full, longest)
    }
}
