import Wire

/// Keeps a signed-in person's access token good, for every hubctl of that person at once.
///
/// A refresh token works once, and one used twice ends the sign-in. So it is used under the lock of the profiles, and what
/// the hub answered is on the disk before the lock is let go: whoever waited finds the new tokens there.
struct TokenKeeper: Hashable, Sendable {
    let storePath: String
    let profile: String
    let url: HubURL
    let caFile: String?

    init(store: ProfileStore, profile: String, url: HubURL, caFile: String?) {
        storePath = store.path
        self.profile = profile
        self.url = url
        self.caFile = caFile
    }

    private var store: ProfileStore { ProfileStore(path: storePath) }

    /// An access token that is good for a while yet. Blocks its thread.
    ///
    /// - Parameter rejected: One that the hub no longer takes, whatever its time.
    /// - Throws: ``ExitCode/refused`` where nobody is signed in any more, or the hub has ended the sign-in.
    func accessToken(rejecting rejected: String? = nil) throws(CommandFailure) -> String {
        let now = WallClock.now
        if let stored = try signIn(in: store.load()), stored.isFresh(at: now), stored.accessToken != rejected {
            return stored.accessToken
        }
        return try store.update { (profiles) throws(CommandFailure) -> String in
            // Another hubctl may have done it while this one waited for the lock.
            guard let stored = signIn(in: profiles) else { throw TokenKeeper.signedOut }
            if stored.isFresh(at: WallClock.now), stored.accessToken != rejected { return stored.accessToken }
            let renewed = try refresh(stored)
            profiles.profiles[profile]?.signIn = renewed
            return renewed.accessToken
        }
    }

    /// The sign-in as it is stored now.
    func current() throws(CommandFailure) -> SignIn? { try signIn(in: store.load()) }

    /// The person as stored; nothing when somebody else uses the profile's name by now.
    private func signIn(in profiles: Profiles) -> SignIn? {
        guard let stored = profiles.profiles[profile], let signIn = stored.signIn, stored.url == url.http else {
            return nil
        }
        return signIn
    }

    private func refresh(_ stored: SignIn) throws(CommandFailure) -> SignIn {
        let body = JSONText.object([("refreshToken", .string(stored.refreshToken))])
        let request = RESTRequest(.post, "/api/v1/auth/refresh", json: body)
        let client = CurlClient(target: HubTarget(url: url, key: "", caFile: caFile))
        switch client.send([request])[0] {
        case .unreachable(let reason):
            throw CommandFailure(.unreachable, "cannot reach the hub at \(url.http): \(reason)")
        case .answered(let response):
            guard (200...299).contains(response.status) else {
                let refusal = HubRefusal(response)
                throw refusal.status == 401 ? TokenKeeper.signedOut : refusal.failure
            }
            guard let answer = try? JSONValue(response.body), let renewed = SignIn(answer, at: WallClock.now) else {
                throw CommandFailure(.fault, "the hub's answer could not be understood")
            }
            return renewed
        }
    }

    static let signedOut = CommandFailure(
        .refused, "you are not signed in any more; run 'hubctl login --email ADDRESS'")
}
