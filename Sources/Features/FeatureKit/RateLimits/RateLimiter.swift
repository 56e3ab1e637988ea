package import EventLoop
package import HTTP
internal import Model
internal import Telemetry

/// Applies a hub's ``RateRules`` to the requests of one loop.
///
/// Confined to its loop: references may be held anywhere, every method is called on the loop.
package final class RateLimiter: RateGate, @unchecked Sendable {
    package private(set) var rules: RateRules
    private var address: RateRules.Rule?
    private var key: RateRules.Rule?
    private var admin: RateRules.Rule?
    private var user: RateRules.Rule?

    package init(_ rules: RateRules) {
        self.rules = rules
        apply(rules)
    }

    /// Goes by other rules from now on.
    package func apply(_ rules: RateRules) {
        self.rules = rules
        address = rules.rules[RateLimiter.addressPolicy]
        key = rules.rules[RateLimiter.keyPolicy]
        admin = rules.rules[RateLimiter.adminPolicy]
        user = rules.rules[RateLimiter.userPolicy]
    }

    /// Of every request.
    package static let addressPolicy = "ip"
    /// Of a request with an API key, or with a ticket that a key asked for.
    package static let keyPolicy = "key"
    /// Of a request with an admin API key, in place of ``keyPolicy``.
    package static let adminPolicy = "admin"
    /// Of a request by somebody who has signed in.
    package static let userPolicy = "user"

    package func count(_ origin: ClientOrigin, at now: LoopInstant, in standings: inout RateStandings) {
        guard let address else { return }
        count(RateSubject(origin.address), by: address, at: now, in: &standings)
    }

    package func count(
        _ caller: RateCaller, policies: [String], at now: LoopInstant, in standings: inout RateStandings
    ) {
        guard policies.isEmpty else {
            for name in policies {
                precondition(rules.contains(name), "there is no rate policy \(name)")
                guard let rule = rules.rules[name] else { continue }
                count(caller.subject(rule.policy.scope), by: rule, at: now, in: &standings)
                if standings.refusal != nil { return }
            }
            return
        }
        guard let rule = general(caller.principal) else { return }
        count(caller.subject(rule.policy.scope), by: rule, at: now, in: &standings)
    }

    private func general(_ principal: Principal) -> RateRules.Rule? {
        if principal.user != nil { return user }
        return principal.key.flatMap { $0.isAdmin ? admin : key }
    }

    private func count(
        _ subject: RateSubject, by rule: RateRules.Rule, at now: LoopInstant, in standings: inout RateStandings
    ) {
        let verdict = rule.table.admit(subject, at: now, limit: rule.policy.limit)
        if !verdict.isAdmitted { rule.refusals.increment() }
        standings.append(RateStanding(rule: rule, verdict: verdict))
    }
}
