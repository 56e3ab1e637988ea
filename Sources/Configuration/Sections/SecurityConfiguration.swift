package import Model

/// `[security]`: who may come from where, and how often. A rate of 0 means no limit.
package struct SecurityConfiguration: Equatable, Sendable {
    package var keyRatePerMinute = 100
    package var userRatePerMinute = 100
    package var addressRatePerMinute = 1_000
    package var adminRatePerMinute = 1_000
    package var ingestRatePerMinute = 120
    package var ingestBatchRatePerMinute = 30
    package var streamLocationsPerSecond = 10
    /// How long entries of the audit log are kept; zero is for ever.
    package var auditRetention = Duration.seconds(365 * 86_400)
    /// In place of those of the same name that the settings above make, and beside them.
    package var ratePolicies: [RatePolicy] = []
    /// Whether plain HTTP is refused.
    package var requiresHTTPS = false
    /// Origins a browser may call the API from; `*` is any.
    package var corsOrigins = ["*"]
    /// Origins a browser may open the stream from besides the hub's own; `*` is any.
    package var streamOrigins: [String] = []

    package init() {}

    /// Every named policy, the built-in ones first.
    package var policies: [RatePolicy] {
        let own = Dictionary(ratePolicies.map { ($0.name, $0) }) { first, _ in first }
        let builtIn = builtInPolicies
        let names = Set(builtIn.map(\.name))
        return builtIn.map { own[$0.name] ?? $0 } + ratePolicies.filter { !names.contains($0.name) }
    }

    private var builtInPolicies: [RatePolicy] {
        let minute = Duration.seconds(60)
        return [
            RatePolicy("key", keyRatePerMinute, per: minute, by: .key),
            RatePolicy("user", userRatePerMinute, per: minute, by: .user),
            RatePolicy("ip", addressRatePerMinute, per: minute, by: .address),
            RatePolicy("admin", adminRatePerMinute, per: minute, by: .key),
            RatePolicy("ingest", ingestRatePerMinute, per: minute, by: .user),
            RatePolicy("ingest_batch", ingestBatchRatePerMinute, per: minute, by: .user),
            RatePolicy("sign_in", 30, per: minute, by: .address),
            RatePolicy("register", 20, per: .seconds(3600), by: .address),
            RatePolicy("refresh", 120, per: minute, by: .address),
            RatePolicy("mail", 20, per: .seconds(3600), by: .address),
            RatePolicy("mail_token", 30, per: minute, by: .address),
            RatePolicy("invitation", 20, per: minute, by: .user),
            // Ten a second, as on the stream: a phone that was offline sends what waited, one after the other.
            RatePolicy("phone", 600, per: minute, by: .device),
            RatePolicy("share", 120, per: minute, by: .address),
        ]
    }

    /// The policy of `policies` that breaks a rule, and the rule.
    var policyConflict: String? {
        var seen: Set<String> = []
        for policy in ratePolicies {
            guard seen.insert(policy.name).inserted else { return "has two policies called \(policy.name)" }
            guard policy.name != "stream" else { return "cannot hold stream, which is stream_locations_per_second" }
            guard let builtIn = builtInPolicies.first(where: { $0.name == policy.name }) else { continue }
            guard builtIn.scope == policy.scope else {
                return "must count \(policy.name) by \(builtIn.scope.rawValue)"
            }
        }
        return nil
    }
}
