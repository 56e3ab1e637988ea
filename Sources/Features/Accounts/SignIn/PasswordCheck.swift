internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Passwords
internal import Wire

/// Compares a password with an account's, as often as one may try and no oftener. Callable from any thread.
///
/// Who gets it wrong is told the same, after the same time, whether there is such an account or not.
struct PasswordCheck: Sendable {
    let accounts: PostgresAccountStore
    let passwords: PasswordHasher
    let metrics: SignInMetrics
    /// Failures from one network before one has to wait.
    let free: Int

    /// The account, if the password is its own. It still counts as a failure: see ``passed(_:)``.
    ///
    /// - Parameter find: Looks the account up.
    /// - Throws: ``FeatureKit/Problem``: 401 `invalid_credentials`, 429, 503.
    func account(
        typed text: String, attempt: SignInAttempt, for request: RouteRequest, at now: Timestamp,
        _ find: () async throws(AccountStoreError) -> Account?
    ) async throws(Problem) -> (account: Account, isOutdated: Bool) {
        let account = try await request.askingAccounts { () throws(AccountStoreError) in
            let wait = try await accounts.attempt(attempt, at: now)
            return wait > .zero ? Found.wait(wait) : Found.account(try await find())
        }
        switch account {
        case .wait(let wait):
            metrics.count(.throttled)
            throw Problem(
                .rateLimitExceeded, "Too many failed attempts; try again later",
                retryAfter: Int((wait / .seconds(1)).rounded(.up)))
        case .account(let account):
            let verdict = try await verify(text, account)
            guard case .matches(let isOutdated) = verdict, let account, !account.isDisabled else {
                metrics.count(.refused)
                throw PasswordCheck.invalid
            }
            return (account, isOutdated)
        }
    }

    /// The password was right, and whatever else was asked for: forgets the failures before.
    func passed(_ attempt: SignInAttempt, for request: RouteRequest) async throws(Problem) {
        try await request.askingAccounts { () throws(AccountStoreError) in try await accounts.forget(attempt) }
    }

    /// A new password's hash.
    func hash(_ password: Password) async throws(Problem) -> String {
        do throws(PasswordHashingUnavailable) {
            return try await passwords.hash(password)
        } catch {
            throw Problem(error)
        }
    }

    private func verify(_ text: String, _ account: Account?) async throws(Problem) -> PasswordVerdict {
        do throws(PasswordHashingUnavailable) {
            return try await passwords.verify(Password(typed: text), against: account?.passwordHash)
        } catch {
            throw Problem(error)
        }
    }

    private enum Found: Sendable {
        case wait(Duration)
        case account(Account?)
    }

    static let invalid: Problem = {
        var problem = Problem(.invalidCredentials, "Wrong name or password")
        problem.challenges = [#"Bearer realm="presence-hub""#]
        return problem
    }()
}

extension Problem {
    init(_ error: PasswordHashingUnavailable) {
        self.init(
            .serviceUnavailable, "As many people sign in as can at the same time",
            retryAfter: Int((error.retryAfter / .seconds(1)).rounded(.up)))
    }

    /// What accounts could not do, without what only the log may know.
    init(_ error: AccountStoreError) {
        switch error {
        case .duplicateEmail: self.init(.duplicateEmail, "There is an account with this e-mail address")
        case .duplicateUsername: self.init(.duplicateUsername, "This name is taken")
        case .invitation: self.init(.forbidden, "The invitation lets nobody in any more")
        case .store(let error): self.init(error)
        }
    }
}

extension RouteRequest {
    /// Asks the store of accounts, and answers what it could not do as a problem.
    func askingAccounts<Value: Sendable>(
        _ body: () async throws(AccountStoreError) -> Value
    ) async throws(Problem) -> Value {
        do throws(AccountStoreError) {
            return try await body()
        } catch {
            if case .store(let error) = error { log(error) }
            throw Problem(error)
        }
    }

    /// From where it was sent, as the list of sign-ins shows it.
    var client: SignInClient {
        SignInClient(
            address: origin.address.description,
            userAgent: headers["User-Agent"].map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(400))) })
    }
}
