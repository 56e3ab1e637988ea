internal import CUV
internal import Synchronization
package import Telemetry

/// What one loop counts of itself and its sockets: its thread writes, any thread reads.
package final class LoopMeters: Sendable {
    /// Read from sockets and written to them, TLS undone.
    let bytesReceived = LocalCount()
    let bytesSent = LocalCount()
    /// Writes of what was prepared for many.
    package let preparedWrites = LocalCount()
    let connectionsAccepted = LocalCount()
    /// Connections closed unserved because the process had no descriptors or no memory left.
    let connectionsRefused = LocalCount()
    let handshakes = LocalCount()
    let handshakesFailed = LocalCount()
    let turns = LocalCount()
    /// How late the probe's timer came.
    let lag = LocalHistogram(buckets: LoopMeters.lagBuckets)
    /// When the probe last came, in milliseconds of the loops' clock; 0 without one.
    let lastProbe = LocalCount()
    /// From ``Loop/moment`` of some work to the kernel having taken what came of it; see ``Loop/whenFlushed(since:)``.
    let flushLatency = LocalHistogram(buckets: .latency)

    /// Milliseconds from 1 ms to 10 s, shown in seconds.
    static let lagBuckets = HistogramBuckets(
        bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000], scale: 1e-3)

    func note(_ flushed: StreamSocket.Flushed) {
        bytesSent.add(flushed.bytes)
        if flushed.preparedWrites > 0 { preparedWrites.add(flushed.preparedWrites) }
    }

    /// Shows what the loops count, under the names of `docs/operations.md`. Once a registry.
    package static func register(_ loops: [Loop], in registry: MetricsRegistry) {
        let received = registry.counter(
            "hub_received_bytes_total", help: "Bytes read from connections, TLS undone.")
        let sent = registry.counter("hub_sent_bytes_total", help: "Bytes written to connections, before TLS.")
        let accepted = registry.counter("hub_connections_accepted_total", help: "Connections accepted.")
        let refused = registry.counter("hub_connections_refused_total", help: refusedHelp)
        let handshakes = registry.counters(
            "hub_tls_handshakes_total", help: "TLS handshakes that have ended.", labels: ["result"])
        let turns = registry.counter("hub_loop_turns_total", help: "Turns of the event loops.")
        let flush = registry.histogram(
            "hub_fanout_seconds",
            help:
                "From receiving the oldest position of a frame to the kernel having taken the frame for all who watch.",
            buckets: .latency)
        let lag = registry.histograms(
            "hub_loop_lag_seconds", help: "How late a timer of the loop came, looked at four times a second.",
            labels: ["loop"], buckets: lagBuckets, limit: LoopMeters.mostLabels)
        for loop in loops {
            received.adopt(loop.meters.bytesReceived)
            sent.adopt(loop.meters.bytesSent)
            accepted.adopt(loop.meters.connectionsAccepted)
            refused.adopt(loop.meters.connectionsRefused)
            handshakes.with("done").adopt(loop.meters.handshakes)
            handshakes.with("failed").adopt(loop.meters.handshakesFailed)
            turns.adopt(loop.meters.turns)
            flush.adopt(loop.meters.flushLatency)
            lag.with(String(loop.index)).adopt(loop.meters.lag)
        }
        registry.gauges(
            "hub_loop_silent_seconds",
            help: "Since the loop last looked at its timers; more than a second is a loop that is stuck.",
            labels: ["loop"]
        ) {
            let now = Int(uv_hrtime() / 1_000_000)
            return loops.prefix(LoopMeters.mostLabels).map { loop in
                let last = loop.meters.lastProbe.value
                return ([String(loop.index)], last == 0 ? 0 : Double(max(0, now - last)) / 1000)
            }
        }
    }

    package static let refusedHelp =
        "Connections closed unserved: no descriptor or memory left, or server.max_connections reached."

    /// Loops that are told apart in labels; more share one, or are not shown.
    package static let mostLabels = 64
}

extension Loop {
    /// Begins to measure how late the loop is. Until it stops.
    package func startProbe() {
        preconditionIsolated()
        guard probe == nil else { return }
        let interval: UInt64 = 250
        var due = now.milliseconds + interval
        meters.lastProbe.set(Int(now.milliseconds))
        probe = schedule(after: .milliseconds(250), every: .milliseconds(250)) { [unowned self] in
            let moment = uv_hrtime() / 1_000_000
            meters.lag.record(moment > due ? Int(moment - due) : 0)
            meters.lastProbe.set(Int(moment))
            // libuv counts from when the loop last looked at its clock, which a late loop did late.
            due = now.milliseconds + interval
        }
    }
}
