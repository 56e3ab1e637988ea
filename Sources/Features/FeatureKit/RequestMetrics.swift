internal import HTTP
internal import Telemetry

/// Counts and times requests by route (story 4.1). One a loop; the series are the process'.
struct RequestMetrics {
    private struct Series {
        let duration: Histogram
        var byStatus: [(status: UInt16, counter: Counter)] = []
    }

    private let totals: MetricFamily<Counter>
    private let durations: MetricFamily<Histogram>
    private var series: [Int: Series] = [:]

    init(registry: MetricsRegistry) {
        totals = registry.counters(
            "http_requests_total", help: "Requests answered, by the route's template.",
            labels: ["method", "path", "status"], limit: 2000)
        durations = registry.histograms(
            "http_request_duration_seconds", help: "From a request's last byte to its answer.",
            labels: ["method", "path"],
            buckets: HistogramBuckets(
                bounds: [
                    1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000, 200_000_000, 500_000_000,
                    1_000_000_000, 2_000_000_000, 5_000_000_000,
                ], scale: 1e-9), limit: 500)
    }

    /// - Parameters:
    ///   - route: The route's index; -1 for requests that found none.
    ///   - path: The route's template.
    mutating func record(route: Int, method: String, path: String, status: HTTPStatus, duration: Duration) {
        let key = route
        var entry = series[key] ?? Series(duration: durations.with(method, path))
        entry.duration.record(duration)
        if let index = entry.byStatus.firstIndex(where: { $0.status == status.code }) {
            entry.byStatus[index].counter.increment()
        } else {
            let counter = totals.with(method, path, String(status.code))
            counter.increment()
            entry.byStatus.append((status.code, counter))
            series[key] = entry
        }
        if series[key] == nil { series[key] = entry }
    }
}
