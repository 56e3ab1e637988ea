internal import Telemetry

/// What signing in counts.
struct SignInMetrics: Sendable {
    private let outcomes: MetricFamily<Counter>

    enum Outcome: String, Sendable, CaseIterable {
        case registered
        case signedIn = "signed_in"
        /// With a refresh token.
        case refreshed
        /// With the same refresh token once more, whose answer was lost.
        case repeated
        /// Wrong password, or no such account.
        case refused
        /// Too many failures before.
        case throttled
        /// A refresh token was used twice.
        case reused
    }

    init(_ registry: MetricsRegistry) {
        outcomes = registry.counters(
            "hub_sign_ins_total", help: "Tries to register, sign in or refresh, by what came of them.",
            labels: ["outcome"], limit: Outcome.allCases.count)
    }

    func count(_ outcome: Outcome) { outcomes.with(outcome.rawValue).increment() }
}
