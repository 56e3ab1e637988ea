internal import Telemetry

/// What jobs count; the labels' values are names of jobs and kinds, of which there are few, and results.
struct JobMetrics: Sendable {
    let runs: MetricFamily<Counter>
    let runTimes: MetricFamily<Histogram>
    let attempts: MetricFamily<Counter>
    let attemptTimes: MetricFamily<Histogram>
    let waiting: MetricFamily<Gauge>
    let running: MetricFamily<Gauge>
    let dead: MetricFamily<Gauge>

    init(_ registry: MetricsRegistry) {
        runs = registry.counters(
            "hub_job_runs_total", help: "Runs of scheduled jobs on this hub, by how they ended.",
            labels: ["job", "result"])
        runTimes = registry.histograms(
            "hub_job_run_seconds", help: "How long runs of scheduled jobs took.", labels: ["job"],
            buckets: JobMetrics.times)
        attempts = registry.counters(
            "hub_queue_attempts_total", help: "Attempts at queued jobs on this hub, by how they ended.",
            labels: ["kind", "result"])
        attemptTimes = registry.histograms(
            "hub_queue_attempt_seconds", help: "How long attempts at queued jobs took.", labels: ["kind"],
            buckets: JobMetrics.times)
        waiting = registry.gauges(
            "hub_queue_jobs_waiting", help: "Queued jobs that nobody is doing, of all hubs.", labels: ["kind"])
        running = registry.gauges(
            "hub_queue_jobs_running", help: "Queued jobs under way on this hub.", labels: ["kind"])
        dead = registry.gauges(
            "hub_queue_jobs_dead", help: "Jobs given up and waiting for an operator, of all hubs.", labels: ["kind"])
    }

    /// Nanoseconds from 1 ms to 10 min.
    private static let times = HistogramBuckets(
        bounds: [
            1_000_000, 5_000_000, 25_000_000, 100_000_000, 500_000_000, 1_000_000_000, 5_000_000_000, 15_000_000_000,
            60_000_000_000, 300_000_000_000, 600_000_000_000,
        ], scale: 1e-9)
}
