package import Telemetry

/// What this module counts; one for all loops.
package struct PersistenceMetrics: Sendable {
    /// Where the connections of journals show what they count.
    let registry: MetricsRegistry
    let rowsCommitted: Counter
    let rowsRefused: Counter
    let rowsDropped: Counter
    let flushes: Counter
    let flushRetries: Counter
    let flushDuration: Histogram
    let flushRows: Histogram
    let rowsHeld: Gauge
    let postgresStarts: Counter
    let ackLatency: Histogram

    package init(_ registry: MetricsRegistry) {
        self.registry = registry
        ackLatency = registry.histogram(
            "hub_ack_seconds",
            help: "From receiving a report to its commit being told to its sender; whole milliseconds.",
            buckets: .latency)
        rowsCommitted = registry.counter(
            "hub_journal_rows_committed_total", help: "Locations handed to the journal and committed.")
        rowsRefused = registry.counter(
            "hub_journal_rows_refused_total", help: "Locations that Postgres refused or whose device is unknown.")
        rowsDropped = registry.counter(
            "hub_journal_rows_dropped_total", help: "Locations not taken because the journal was full.")
        flushes = registry.counter("hub_journal_flushes_total", help: "Batches of locations committed.")
        flushRetries = registry.counter(
            "hub_journal_flush_retries_total", help: "Batches of locations to be written again.")
        flushDuration = registry.histogram(
            "hub_journal_flush_seconds", help: "Time from sending a batch to its commit.", buckets: .latency)
        flushRows = registry.histogram(
            "hub_journal_flush_rows", help: "Rows in a committed batch.", buckets: .sizes)
        rowsHeld = registry.gauge(
            "hub_journal_rows_held", help: "Locations taken and not yet committed or refused.")
        postgresStarts = registry.counter(
            "hub_private_postgres_starts_total", help: "Starts of the private Postgres, the first included.")
    }
}
