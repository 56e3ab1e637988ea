package import Telemetry

/// What the connections of one loop to Postgres count: the loop writes, any thread reads.
package final class PostgresMeters: Sendable {
    /// Connections with work in flight, and those that wait for some.
    let active = LocalCount()
    let idle = LocalCount()
    /// From a unit of work's sending to its answer, or to its being given up.
    let duration = LocalHistogram(buckets: .contract)
    let failures = LocalCount()
    /// Units of work that wait for a connection.
    let waiting = LocalCount()
    /// How long those waited that had to.
    let wait = LocalHistogram(buckets: .latency)
    let overloads = LocalCount()
    /// Hears of every unit of work, at level debug; nobody if nothing.
    let log: Logger?

    package init(log: Logger? = nil) { self.log = log }

    /// Shows what this loop counts, beside what others do.
    package func register(in registry: MetricsRegistry) {
        registry.gauge("database_connections_active", help: "Connections to Postgres with work in flight.").adopt(
            active)
        registry.gauge("database_connections_idle", help: "Connections to Postgres that wait for work.").adopt(idle)
        registry.histogram(
            "database_query_duration_seconds", help: "From sending a unit of work to Postgres to its answer.",
            buckets: .contract
        ).adopt(duration)
        registry.counter(
            "hub_database_query_failures_total",
            help: "Units of work that Postgres refused, that took too long, or whose connection was lost."
        ).adopt(failures)
        registry.gauge("hub_database_pool_waiting", help: "Units of work that wait for a connection.").adopt(waiting)
        registry.histogram(
            "hub_database_pool_wait_seconds", help: "How long work waited for a connection, if it had to.",
            buckets: .latency
        ).adopt(wait)
        registry.counter(
            "hub_database_pool_overloads_total", help: "Units of work refused because too many waited."
        ).adopt(overloads)
    }

    func note(_ outcome: PostgresOutcome, of statement: PostgresStatement?, after elapsed: Duration) {
        duration.record(elapsed.wholeNanoseconds)
        if case .failure = outcome { failures.add(1) }
        log?.debug(
            "database query",
            ["statement": .string(statement?.name ?? "script"), "duration_ms": .milliseconds(elapsed)])
    }
}
