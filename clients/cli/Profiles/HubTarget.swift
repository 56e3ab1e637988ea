import EventLoop

/// A hub and how to be let in: with a key, as the person who is signed in, or as nobody.
struct HubTarget: Hashable, Sendable {
    var url: HubURL
    /// The API key; empty for nobody, and for a person.
    var key: String
    /// Certificates to trust instead of the system's.
    var caFile: String?
    /// The person's tokens, renewed when they have to be; with them ``key`` is empty.
    var keeper: TokenKeeper?
    /// The person's access token, as good as it was when the target was made or ``renewed(rejecting:)``.
    var token = ""

    init(url: HubURL, key: String, caFile: String? = nil) {
        self.url = url
        self.key = key
        self.caFile = caFile
    }

    /// As the person that `keeper` has the tokens of; ``renewed(rejecting:)`` gets the first one.
    init(keeper: TokenKeeper) {
        self.init(url: keeper.url, key: "", caFile: keeper.caFile)
        self.keeper = keeper
    }

    /// The header that lets a request in; nothing for nobody.
    var authorization: (name: String, value: String)? {
        if !token.isEmpty { return ("Authorization", "Bearer \(token)") }
        return key.isEmpty ? nil : ("X-API-Key", key)
    }

    /// With an access token that is good for a while yet. Blocks its thread while it asks the hub.
    ///
    /// - Parameter rejected: A token that the hub no longer takes, though it looks good.
    /// - Throws: ``ExitCode/refused`` if the person has to sign in again.
    func renewed(rejecting rejected: String? = nil) throws(CommandFailure) -> HubTarget {
        guard let keeper else { return self }
        var target = self
        target.token = try keeper.accessToken(rejecting: rejected)
        return target
    }

    /// As ``renewed(rejecting:)``, without blocking `loop`.
    func renewed(rejecting rejected: String?, on loop: Loop) async throws(CommandFailure) -> HubTarget {
        guard keeper != nil else { return self }
        let result = await loop.offload { () -> Result<HubTarget, CommandFailure> in
            Result { () throws(CommandFailure) in try renewed(rejecting: rejected) }
        }
        return try result.get()
    }
}
