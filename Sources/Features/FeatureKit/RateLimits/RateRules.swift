package import EventLoop
package import Model
package import Telemetry

/// The policies of a hub with what has been counted by them, for all loops; exchanged as a whole when limits change.
package final class RateRules: Sendable {
    /// One policy with a limit.
    package final class Rule: Sendable {
        package let policy: RatePolicy
        let table: RateTable
        let refusals: Counter
        /// An item of `RateLimit-Policy`.
        let declaration: [UInt8]

        init(_ policy: RatePolicy, table: RateTable, refusals: Counter) {
            self.policy = policy
            self.table = table
            self.refusals = refusals
            declaration = Array("\"\(policy.name)\";q=\(policy.limit);w=\(policy.seconds)".utf8)
        }
    }

    /// By their names; those without a limit are not here.
    let rules: [String: Rule]
    /// Of every name there is, with and without a limit.
    private let tables: [String: (policy: RatePolicy, table: RateTable)]
    private let refusals: MetricFamily<Counter>

    /// - Parameter policies: With different names.
    package convenience init(_ policies: [RatePolicy], metrics: MetricsRegistry) {
        self.init(policies, after: [:], RateRules.refusals(metrics))
    }

    private init(
        _ policies: [RatePolicy], after earlier: [String: (policy: RatePolicy, table: RateTable)],
        _ refusals: MetricFamily<Counter>
    ) {
        var tables: [String: (policy: RatePolicy, table: RateTable)] = [:]
        var rules: [String: Rule] = [:]
        for policy in policies {
            precondition(tables[policy.name] == nil, "two rate policies are called \(policy.name)")
            let known = earlier[policy.name].flatMap { $0.policy.counts(as: policy) ? $0.table : nil }
            let table = known ?? RateTable(window: policy.window)
            tables[policy.name] = (policy, table)
            guard policy.limit > 0 else { continue }
            rules[policy.name] = Rule(policy, table: table, refusals: refusals.with(policy.name))
        }
        self.tables = tables
        self.rules = rules
        self.refusals = refusals
    }

    /// The rules by other policies. What was counted by one whose window and scope stay is kept.
    package func replaced(by policies: [RatePolicy]) -> RateRules { RateRules(policies, after: tables, refusals) }

    /// Whether there is a policy of that name, be it without a limit.
    package func contains(_ name: String) -> Bool { tables[name] != nil }

    /// Callers that are remembered, by all policies together. Any thread.
    package var callers: Int { tables.values.reduce(0) { $0 + $1.table.count } }

    /// Forgets the callers who have not come for long enough. Any thread.
    package func forgetIdle(at now: LoopInstant) {
        for (_, table) in tables.values { table.forgetIdle(at: now) }
    }

    /// `hub_rate_limited_total`, of which the stream has a series too.
    package static func refusals(_ metrics: MetricsRegistry) -> MetricFamily<Counter> {
        metrics.counters(
            "hub_rate_limited_total", help: "Requests and messages refused by a rate policy.", labels: ["policy"],
            limit: 50)
    }
}

extension RatePolicy {
    /// Whether what is counted by this one counts by `other`.
    fileprivate func counts(as other: RatePolicy) -> Bool { window == other.window && scope == other.scope }
}
