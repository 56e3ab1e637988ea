package import Telemetry

/// What becomes of spans, and how busy their export is.
package struct TraceMetrics: Sendable {
    let spans: MetricFamily<Counter>
    let retries: Counter
    let waiting: Gauge

    package init(_ registry: MetricsRegistry) {
        spans = registry.counters(
            "hub_trace_spans_total",
            help:
                "Spans finished: exported, dropped for want of room, or failed because the collector did not take them.",
            labels: ["result"])
        for result in ["exported", "dropped", "failed"] { _ = spans.with(result) }
        retries = registry.counter("hub_trace_export_retries_total", help: "Batches of spans sent again.")
        waiting = registry.gauge("hub_trace_spans_waiting", help: "Spans not yet taken by the collector.")
    }
}
