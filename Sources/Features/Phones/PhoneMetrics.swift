internal import Telemetry

/// What phone apps report.
struct PhoneMetrics: Sendable {
    enum App: String, CaseIterable, Sendable {
        case ownTracks = "owntracks"
        /// Traccar Client too, which speaks the same.
        case osmAnd = "osmand"
    }

    enum Outcome: String, CaseIterable, Sendable {
        case stored
        /// Dropped, because it is older than the live routes take.
        case late
    }

    private let fixes: MetricFamily<Counter>

    init(_ registry: MetricsRegistry) {
        fixes = registry.counters(
            "hub_phone_fixes_total", help: "Locations that phone apps reported, by what became of them.",
            labels: ["app", "outcome"], limit: App.allCases.count * Outcome.allCases.count)
    }

    func count(_ app: App, _ outcome: Outcome, _ number: Int) {
        guard number > 0 else { return }
        fixes.with(app.rawValue, outcome.rawValue).increment(by: number)
    }
}
