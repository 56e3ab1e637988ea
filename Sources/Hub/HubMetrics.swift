internal import Actors
internal import EventLoop
internal import Persistence
internal import Telemetry
internal import WebSocket

/// Shows what the parts of a hub count, each under the names it gives them (`docs/operations.md` lists all).
enum HubMetrics {
    static func register(_ nodes: [LoopNode], database: Database, in registry: MetricsRegistry) async {
        ProcessMetrics.register(in: registry)
        registry.gauges("hub_build_info", help: "Always 1; the label says which hub this is.", labels: ["version"]) {
            [([HubVersion.current], 1)]
        }
        LoopMeters.register(nodes.map(\.loop), in: registry)
        database.register(in: registry)
        for node in nodes {
            node.directory.meters.register(in: registry)
            node.meters.register(in: registry)
            await node.loop.run {
                node.loop.startProbe()
                WebSocketMeters.of(node.loop).register(of: node.loop, in: registry)
            }
        }
        registry.gauges(
            "hub_mailbox_items", help: "Frames on their way from other loops to this one.", labels: ["loop"]
        ) {
            nodes.prefix(LoopMeters.mostLabels).map {
                ([String($0.loop.index)], Double($0.crossing?.mailboxDepth ?? 0))
            }
        }
    }
}
