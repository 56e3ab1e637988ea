internal import Actors
internal import Telemetry

/// What the stream's sessions of one loop count: the loop writes, any thread reads.
final class StreamMeters: Sendable {
    private let json = LocalCount()
    private let packed = LocalCount()
    /// Sessions closed because their clients took nothing for too long.
    let stalled = LocalCount()
    /// Messages that were refused, whatever for.
    let refused = LocalCount()
    /// Acknowledgements that waited for a frame of their group.
    let heldAcks = LocalCount()

    func sessions(of dialect: Dialect) -> LocalCount { dialect == .packed ? packed : json }

    /// Shows what this loop counts, beside what others do.
    func register(in registry: MetricsRegistry) {
        let sessions = registry.gauges(
            "hub_protocol_sessions", help: "Open streams by what they speak.", labels: ["protocol"])
        sessions.with("presence.v1").adopt(json)
        sessions.with("presence.v1.packed").adopt(packed)
        registry.counter(
            "hub_slow_readers_closed_total", help: "Streams closed because their clients took nothing for too long."
        ).adopt(stalled)
        registry.counter("hub_messages_refused_total", help: "Messages of streams that were answered with an error.")
            .adopt(refused)
        registry.counter(
            "hub_acks_held_total", help: "Acknowledgements that waited, briefly, to leave with a frame of their group."
        ).adopt(heldAcks)
    }
}
