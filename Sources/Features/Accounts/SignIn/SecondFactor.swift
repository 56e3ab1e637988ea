internal import FeatureKit
internal import Model
internal import Telemetry
internal import Wire

extension AccountsFeature {
    /// Whether a code is asked for beside the password.
    func hasSecondFactor(_ account: Account, for request: RouteRequest) async throws(Problem) -> Bool {
        try await request.asking { () throws(DeviceStoreError) in try await factors.isOn(for: account.id) }
    }

    /// The password was right: asks for the code, if the account wants one.
    ///
    /// - Returns: Whether it wanted one.
    /// - Throws: 401 `second_factor_required` without a code, 401 `invalid_credentials` for a wrong one, 429.
    func checkSecondFactor(
        _ code: String?, of account: Account, _ attempt: SignInAttempt, for request: RouteRequest
    ) async throws(Problem) -> Bool {
        guard try await hasSecondFactor(account, for: request) else { return false }
        // The password was right; guesses at codes are counted by the factor.
        try await check.passed(attempt, for: request)
        guard let code else { throw SecondFactors.required }
        let now = services.clock.now
        let verdict = try await request.asking { () throws(DeviceStoreError) in
            try await factors.check(code, of: account.id, at: now)
        }
        // It was turned off a moment ago.
        if verdict == .notSet { return false }
        try accept(verdict, for: request)
        return true
    }

    /// - Throws: What a verdict other than ``SecondFactorVerdict/accepted`` is answered with.
    func accept(_ verdict: SecondFactorVerdict, for request: RouteRequest) throws(Problem) {
        switch verdict {
        case .accepted: return
        case .refused:
            metrics.count(.refused)
            throw SecondFactors.wrongCode
        case .locked(let wait):
            metrics.count(.throttled)
            throw Problem(
                .rateLimitExceeded, "Too many wrong codes; try again later",
                retryAfter: max(1, Int((wait / .seconds(1)).rounded(.up))))
        case .notSet: throw Problem(.conflict, "There is no second factor to do this with")
        case .unreadable:
            request.logger.error("a second factor was sealed with another master key")
            throw .internal
        }
    }
}

extension SecondFactors {
    static let wrongCode = refusal(.invalidCredentials, "Wrong code")
    static let required = refusal(.secondFactorRequired, "A code of the second factor is required")

    private static func refusal(_ code: ErrorCode, _ message: String) -> Problem {
        var problem = Problem(code, message)
        problem.challenges = [#"Bearer realm="presence-hub""#]
        return problem
    }
}
