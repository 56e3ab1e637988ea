internal import Telemetry

/// What working in live locations counts.
struct TravelMeters: Sendable {
    let continued: Counter
    let reread: Counter
    let kept: Gauge

    init(_ registry: MetricsRegistry) {
        continued = registry.counter(
            "hub_travel_continued_total", help: "Times that a record went on from what is in memory.")
        reread = registry.counter(
            "hub_travel_reread_total", help: "Times that a part of a record was read again from Postgres.")
        kept = registry.gauge("hub_travel_readings", help: "People whose records can go on from memory.")
    }
}
