internal import HTTP
internal import Telemetry

/// Counts and times requests by route (story 4.1). One a loop, which counts in parts of its own of the process' series.
///
/// Labels are bounded whatever clients send: a path is a route's template, or `unmatched`, and a method one of those the
/// server implements.
struct RequestMetrics {
    private struct Key: Hashable {
        let route: Int
        let method: HTTPMethod
    }

    private struct Series {
        let duration = LocalHistogram(buckets: .contract)
        var byStatus: [(status: UInt16, count: LocalCount)] = []
    }

    private let totals: MetricFamily<Counter>
    private let durations: MetricFamily<Histogram>
    private let refusals: MetricFamily<Counter>
    private var series: [Key: Series] = [:]

    /// The path of requests that found no route.
    static let unmatched = "unmatched"

    init(registry: MetricsRegistry) {
        totals = registry.counters(
            "http_requests_total", help: "Requests answered, by the route's template.",
            labels: ["method", "path", "status"], limit: 2000)
        durations = registry.histograms(
            "http_request_duration_seconds", help: "From a request's last byte to its answer.",
            labels: ["method", "path"], buckets: .contract, limit: 500)
        refusals = registry.counters(
            "hub_http_refusals_total", help: "Bytes that were no request to handle, by the status they were answered.",
            labels: ["status"], limit: 50)
    }

    /// - Parameters:
    ///   - route: The route's index; -1 for requests that found none.
    ///   - path: The route's template; ``unmatched`` for those.
    mutating func record(route: Int, method: HTTPMethod, path: String, status: HTTPStatus, duration: Duration) {
        let key = Key(route: route, method: method)
        if series[key] == nil {
            let fresh = Series()
            durations.with(method.rawValue, path).adopt(fresh.duration)
            series[key] = fresh
        }
        series[key]?.duration.record(duration.wholeNanoseconds)
        if let known = series[key]?.byStatus.first(where: { $0.status == status.code }) { return known.count.add(1) }
        let count = LocalCount()
        count.add(1)
        totals.with(method.rawValue, path, String(status.code)).adopt(count)
        series[key]?.byStatus.append((status.code, count))
    }

    /// What the server refused before it was a request.
    func recordRefusal(_ status: HTTPStatus) { refusals.with(String(status.code)).increment() }
}
