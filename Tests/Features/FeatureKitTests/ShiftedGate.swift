import EventLoop
import FeatureKit
import HTTP
import Model
import Synchronization
import Telemetry

/// A hub's rate limits in a time that a test moves by hand; the loop's own passes in it as well, which is too little to
/// matter.
final class ShiftedGate: RateGate {
    let limiter: RateLimiter
    private let shift = Atomic<Int64>(0)

    init(_ policies: [RatePolicy], metrics: MetricsRegistry = MetricsRegistry()) {
        limiter = RateLimiter(RateRules(policies, metrics: metrics))
    }

    func advance(by duration: Duration) {
        shift.wrappingAdd(duration.components.seconds * 1000, ordering: .sequentiallyConsistent)
    }

    func count(_ origin: ClientOrigin, at now: LoopInstant, in standings: inout RateStandings) {
        limiter.count(origin, at: shifted(now), in: &standings)
    }

    func count(_ caller: RateCaller, policies: [String], at now: LoopInstant, in standings: inout RateStandings) {
        limiter.count(caller, policies: policies, at: shifted(now), in: &standings)
    }

    private func shifted(_ now: LoopInstant) -> LoopInstant {
        now.advanced(by: .milliseconds(shift.load(ordering: .sequentiallyConsistent)))
    }
}
