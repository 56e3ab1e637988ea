internal import HTTP
internal import Model
internal import Wire

/// How a caller stands by one policy after a request was counted.
struct RateStanding: Sendable {
    let rule: RateRules.Rule
    let verdict: SlidingWindow.Verdict

    /// Whole seconds until more is admitted, rounded up.
    var seconds: Int { Int((verdict.wait + 999) / 1000) }

    /// The documented refusal (story 4.2, criterion 5).
    var problem: Problem {
        let policy = rule.policy
        return Problem(
            .rateLimitExceeded, "Rate limit of \(policy.limit) requests/\(policy.windowName) exceeded",
            retryAfter: seconds)
    }
}

/// How a caller stands by all policies that a request was counted by; what `RateLimit` and `RateLimit-Policy` say.
package struct RateStandings: Sendable {
    // Nearly every request has one or two, which then need no array.
    private var first: RateStanding?
    private var second: RateStanding?
    private var others: [RateStanding] = []

    package init() {}

    /// One more; in place of the last if that is of the same policy, which may count a request by what it brings.
    mutating func append(_ standing: RateStanding) {
        guard let first else {
            self.first = standing
            return
        }
        guard let second else {
            if first.rule === standing.rule { self.first = standing } else { self.second = standing }
            return
        }
        if others.isEmpty, second.rule === standing.rule {
            self.second = standing
            return
        }
        if let last = others.last, last.rule === standing.rule { others.removeLast() }
        others.append(standing)
    }

    /// The refusal, if there is one: it is the last.
    var refusal: Problem? {
        guard let last = others.last ?? second ?? first, !last.verdict.isAdmitted else { return nil }
        return last.problem
    }

    /// Adds the fields of draft-ietf-httpapi-ratelimit-headers-10 to an answer, an item for each policy.
    func write(to headers: inout HTTPHeaders) {
        guard first != nil else { return }
        headers.append("RateLimit-Policy") { text in
            forEach { standing, isFirst in
                if !isFirst { text.append(", ") }
                text.append(contentsOf: standing.rule.declaration)
            }
        }
        headers.append("RateLimit") { text in
            forEach { standing, isFirst in
                if !isFirst { text.append(", ") }
                text.append("\"")
                text.append(contentsOf: standing.rule.policy.name.utf8)
                text.append("\";r=")
                text.append(decimal: standing.verdict.remaining)
                text.append(";t=")
                text.append(decimal: standing.seconds)
            }
        }
    }

    private func forEach(_ body: (RateStanding, _ isFirst: Bool) -> Void) {
        if let first { body(first, true) }
        if let second { body(second, false) }
        for standing in others { body(standing, false) }
    }
}

/// The standings of one request, which its answer tells whenever it comes.
///
/// Confined to the request's loop.
final class RequestStandings: @unchecked Sendable {
    var standings = RateStandings()
}
