internal import Telemetry
internal import TrackFiles

/// What imports count on this hub.
struct ImportMeters: Sendable {
    let running: Gauge
    let points: Counter
    let refusedForRoom: Counter
    private let ended: MetricFamily<Counter>

    init(_ registry: MetricsRegistry) {
        running = registry.gauge("hub_travel_imports_running", help: "Files that this hub reads, or works in.")
        points = registry.counter(
            "hub_travel_import_points_total", help: "Points of files that were read and handed over.")
        refusedForRoom = registry.counter(
            "hub_travel_imports_refused_total", help: "Files that were not taken because the disk has no room for them."
        )
        ended = registry.counters(
            "hub_travel_imports_ended_total", help: "Imports that ended on this hub, by state and error.",
            labels: ["state", "error"], limit: 32)
    }

    /// - Precondition: It is over.
    func count(_ file: TrackImport) {
        ended.with(file.state.rawValue, file.error ?? "").increment()
    }
}
