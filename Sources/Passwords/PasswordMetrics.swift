package import Telemetry

/// What hashing counts.
package struct PasswordMetrics: Sendable {
    let waiting: Gauge
    let hashes: Counter
    let refused: Counter
    let duration: Histogram

    package init(_ registry: MetricsRegistry) {
        waiting = registry.gauge(
            "hub_passwords_waiting", help: "Passwords that wait to be hashed or checked, or are.")
        hashes = registry.counter("hub_password_hashes_total", help: "Passwords hashed or checked.")
        refused = registry.counter(
            "hub_passwords_refused_total", help: "Passwords neither hashed nor checked because too many waited.")
        duration = registry.histogram(
            "hub_password_hash_seconds", help: "How long hashing or checking one password took, without the wait.",
            buckets: .latency)
    }
}
