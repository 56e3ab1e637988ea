/// The forms in which metrics are shown.
package enum MetricsFormat: Sendable {
    /// Prometheus' text format 0.0.4.
    case prometheus
    /// OpenMetrics text 1.0.0.
    case openMetrics
}
