package import EventLoop
package import Telemetry

/// What the WebSocket connections of one loop count: its thread writes, any thread reads.
package final class WebSocketMeters: Sendable {
    let texts = LocalCount()
    let binaries = LocalCount()
    let pings = LocalCount()
    let pongs = LocalCount()
    let closes = LocalCount()
    /// Without those that were prepared for many, which the loop's sockets count.
    let sent = LocalCount()

    init() {}

    /// Those of a loop. Called on it.
    package static func of(_ loop: Loop) -> WebSocketMeters { LoopShare.of(loop).meters }

    /// Shows what this loop counts, beside what others do.
    package func register(of loop: Loop, in registry: MetricsRegistry) {
        let received = registry.counters(
            "hub_frames_received_total", help: "WebSocket messages and control frames received.", labels: ["type"])
        for (type, count) in [
            ("text", texts), ("binary", binaries), ("ping", pings), ("pong", pongs), ("close", closes),
        ] {
            received.with(type).adopt(count)
        }
        let sent = registry.counter("hub_frames_sent_total", help: "WebSocket frames sent.")
        sent.adopt(self.sent)
        sent.adopt(loop.meters.preparedWrites)
    }
}
