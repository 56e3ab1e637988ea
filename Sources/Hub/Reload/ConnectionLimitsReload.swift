internal import Configuration
internal import EventLoop
internal import HTTP

/// What connections are allowed. Those that are open take most of it over too; a buffer that exists keeps its size.
struct ConnectionLimitsReload: Reloadable {
    let fronts: [LoopFront]

    let name = "limits"
    let settings: Set<String> = [
        "server.max_connections", "server.header_timeout_seconds", "server.body_timeout_seconds",
        "server.idle_timeout_seconds", "limits.header_bytes", "limits.body_bytes", "limits.message_bytes",
        "limits.pending_acks", "security.stream_origins",
    ]

    func reload(_ configuration: HubConfiguration) async {
        for front in fronts { await front.loop.run { front.take(configuration) } }
    }
}
