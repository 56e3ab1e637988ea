internal import Configuration
internal import EventLoop
internal import FeatureKit

/// The limits of requests and messages. What was counted by a policy whose window and scope stay is kept.
struct RateLimitsReload: Reloadable {
    let fronts: [LoopFront]
    /// As many, in the same order.
    let nodes: [LoopNode]

    let name = "rate limits"
    let settings: Set<String> = [
        "security.rate_limit_per_minute", "security.user_rate_limit_per_minute", "security.ip_rate_limit_per_minute",
        "security.admin_rate_limit_per_minute", "security.ingest_rate_limit_per_minute",
        "security.ingest_batch_rate_limit_per_minute", "security.stream_locations_per_second",
        "security.rate_policies",
    ]

    func reload(_ configuration: HubConfiguration) async { await apply(configuration.security) }

    func apply(_ security: SecurityConfiguration) async {
        let rules = await fronts[0].loop.run { [front = fronts[0]] in front.limiter.rules }
        let replaced = rules.replaced(by: security.policies)
        for (front, node) in zip(fronts, nodes) {
            await front.loop.run {
                front.limiter.apply(replaced)
                node.locationsPerSecond = security.streamLocationsPerSecond
            }
        }
    }
}
