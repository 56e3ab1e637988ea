package import Telemetry

/// What the live half of conversations counts; one for all loops.
package struct ChatMeters: Sendable {
    let stored: Counter
    let repeated: Counter
    let dropped: Counter
    let refusedByRate: Counter
    let batches: Counter
    let retries: Counter
    let held: Gauge
    let flushLatency: Histogram
    let conversations: Gauge
    let deliveries: Counter
    let slowReaders: Counter
    let pages: Counter
    let gaps: Counter
    let overflows: Counter

    package init(_ registry: MetricsRegistry) {
        stored = registry.counter("hub_chat_messages_stored_total", help: "Messages of conversations committed.")
        repeated = registry.counter(
            "hub_chat_messages_repeated_total", help: "Messages that had been stored before, under the same client id.")
        dropped = registry.counter(
            "hub_chat_messages_dropped_total", help: "Messages not taken because too many waited for Postgres.")
        refusedByRate = registry.counter(
            "hub_chat_messages_rate_limited_total", help: "Messages refused because their sender sent too many.")
        batches = registry.counter("hub_chat_batches_total", help: "Batches of messages committed.")
        retries = registry.counter("hub_chat_batch_retries_total", help: "Batches of messages to be written again.")
        held = registry.gauge("hub_chat_messages_held", help: "Messages taken and neither stored nor refused yet.")
        flushLatency = registry.histogram(
            "hub_chat_batch_seconds", help: "Time from sending a batch of messages to its commit.", buckets: .latency)
        conversations = registry.gauge("hub_chat_conversations", help: "Conversations in memory.")
        deliveries = registry.counter(
            "hub_chat_deliveries_total", help: "Messages, marks and changes of conversations handed to sessions.")
        slowReaders = registry.counter(
            "hub_chat_slow_readers_closed_total",
            help: "Streams closed because they did not take what they must not miss.")
        pages = registry.counter("hub_chat_pages_total", help: "Pages of messages read for clients that catch up.")
        gaps = registry.counter(
            "hub_chat_gaps_total", help: "Times that messages were looked up because another hub had stored them.")
        overflows = registry.counter(
            "hub_chat_mailbox_overflows_total", help: "What did not fit into a loop's mailbox of conversations.")
    }
}
