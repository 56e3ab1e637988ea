internal import FeatureKit
internal import Model

extension AccountsFeature {
    /// Whether a code is asked for beside the password.
    func hasSecondFactor(_ account: Account, for request: RouteRequest) async throws(Problem) -> Bool { false }

    /// The password was right: asks for the code, if the account wants one.
    ///
    /// - Returns: Whether it wanted one.
    func checkSecondFactor(
        _ code: String?, of account: Account, _ attempt: SignInAttempt, for request: RouteRequest
    ) async throws(Problem) -> Bool { false }
}
