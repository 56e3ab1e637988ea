internal import Model

/// What an access token is looked at against, as Postgres has it.
struct SignInState: Hashable, Sendable {
    let user: UserID
    /// Tokens of an older one are refused.
    var tokenVersion: Int32
    /// When it ends if it is not renewed.
    var expiresAt: Timestamp
}

/// Who knows whether sign-ins are live. Callable from any thread.
protocol SignInStates: Sendable {
    /// Nothing once it has ended.
    func state(of signIn: SignInID) async throws(DeviceStoreError) -> SignInState?

    func ended(among signIns: Set<SignInID>, at now: Timestamp) async throws(DeviceStoreError) -> Set<SignInID>
}

extension PostgresSignInStore: SignInStates {}
