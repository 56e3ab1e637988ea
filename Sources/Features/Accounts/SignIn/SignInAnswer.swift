internal import FeatureKit
internal import HTTP
internal import Model
internal import Tokens
internal import Wire

/// What somebody gets who has registered, signed in or refreshed.
struct SignInAnswer: Sendable {
    let account: Account
    let hasSecondFactor: Bool
    let signIn: SignInID
    let refreshToken: RefreshToken
    let accessToken: IssuedToken

    /// - Parameter cookie: Takes the refresh token in place of the body.
    func response(_ status: HTTPStatus = .ok, in cookie: RefreshCookie? = nil) -> HTTPResponse {
        let body = JSONWriter.bytes { json in
            json.object { json in
                json.object("user") { $0.members(of: account, hasSecondFactor: hasSecondFactor) }
                json.member("accessToken", accessToken.text)
                if cookie == nil { json.member("refreshToken", refreshToken.text) }
                json.member("expiresIn", accessToken.lifetime.components.seconds)
                json.member("tokenType", "Bearer")
                json.member("sessionId", signIn.rawValue)
            }
        }
        var response = HTTPResponse.json(body, status: status)
        response.headers.append("Cache-Control", "no-store")
        if let cookie { response.headers.append("Set-Cookie", cookie.holding(refreshToken)) }
        return response
    }
}

extension JSONWriter {
    /// An account as its owner sees it.
    mutating func members(of account: Account, hasSecondFactor: Bool) {
        member("id", account.id.rawValue)
        member("username", account.username)
        member("displayName", account.displayName)
        member("email", account.email)
        member("emailVerified", account.isEmailVerified)
        member("createdAt", account.createdAt)
        member("hasTotp", hasSecondFactor)
        member("provider", account.provider)
    }
}
