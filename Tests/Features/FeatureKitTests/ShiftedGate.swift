import EventLoop
import FeatureKit
import HTTP
import Model
import Synchronization
import Telemetry

/// A hub's rate limits in a time that a test moves by hand: it stands still at the first request, so that a machine that
/// is slow for half a minute counts nothing else than a quick one.
final class ShiftedGate: RateGate {
    let limiter: RateLimiter
    private let shift = Atomic<Int64>(0)
    private let first = Mutex<LoopInstant?>(nil)

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
        let start = first.withLock { first in
            let start = first ?? now
            first = start
            return start
        }
        return start.advanced(by: .milliseconds(shift.load(ordering: .sequentiallyConsistent)))
    }
}
