import Model
import Wire

/// A person's sign-in at a hub, with its tokens.
struct SignIn: Hashable, Sendable, Codable {
    var userId: String
    var username: String
    /// The sign-in's own id, by which `hubctl sessions` tells it from the others.
    var sessionId: String
    var accessToken: String
    /// Works once: a second use ends the sign-in.
    var refreshToken: String
    /// When the access token ends by this machine's clock, in milliseconds since the epoch.
    var expiresAt: Int64

    /// An access token is replaced so long before its end, in milliseconds: clocks differ and requests take a while.
    static let margin: Int64 = 60_000

    init(
        userId: String, username: String, sessionId: String, accessToken: String, refreshToken: String, expiresAt: Int64
    ) {
        self.userId = userId
        self.username = username
        self.sessionId = sessionId
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresAt = expiresAt
    }

    /// The hub's answer to a registration, a login or a refresh; nothing if it lacks something.
    ///
    /// Tokens go into header lines and JSON: what is not printable ASCII is no token.
    init?(_ answer: JSONValue, at now: Timestamp) {
        guard let user = answer["user"], let id = user["id"]?.string, let username = user["username"]?.string,
            let access = answer["accessToken"]?.string, let refresh = answer["refreshToken"]?.string,
            let seconds = answer["expiresIn"]?.integer, (1...31_536_000).contains(seconds),
            [access, refresh].allSatisfy({ token in
                !token.isEmpty && token.utf8.allSatisfy { (0x21...0x7e).contains($0) }
            })
        else { return nil }
        self.init(
            userId: id, username: username, sessionId: answer["sessionId"]?.string ?? "", accessToken: access,
            refreshToken: refresh, expiresAt: now.milliseconds + seconds * 1000)
    }

    /// Whether the access token will do for a request made at `now`.
    func isFresh(at now: Timestamp) -> Bool { now.milliseconds + SignIn.margin < expiresAt }
}
