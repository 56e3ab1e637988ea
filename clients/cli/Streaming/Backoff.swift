/// How long to wait before the next attempt: exponential, with full jitter, or as the hub asked.
struct Backoff: Hashable, Sendable {
    /// The first wait's upper bound.
    var first: Duration = .milliseconds(250)
    /// Every wait's upper bound.
    var longest: Duration = .seconds(15)

    private(set) var attempts = 0

    /// The wait before the next attempt, between half of the bound and the bound. A wait that the hub asked for is
    /// kept and lengthened by up to a tenth, so that not everybody returns at once.
    mutating func next(asked: Duration? = nil, using generator: inout some RandomNumberGenerator) -> Duration {
        var bound = first
        for _ in 0..<min(attempts, 30) where bound < longest { bound = bound * 2 }
        bound = min(bound, longest)
        attempts += 1
        let wait = bound * Double.random(in: 0.5...1, using: &generator)
        guard let asked, asked > .zero else { return wait }
        return asked + min(asked / 10, bound) * Double.random(in: 0...1, using: &generator)
    }

    /// The connection holds: the next loss starts from the beginning.
    mutating func reset() { attempts = 0 }
}
