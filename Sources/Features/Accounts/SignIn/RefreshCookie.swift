internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

/// Where a page of the hub's own keeps its refresh token: in a cookie that no script reads and that goes to the routes of
/// sign-in alone (docs/adr/0046).
///
/// A browser sends cookies with whatever request, so that one which uses this must be the page's own: it has a field that no
/// other site may send unasked, it comes from the hub's origin, and the cookie does not go with requests of other sites.
struct RefreshCookie: Sendable {
    /// The field by which a page asks for it; any value does.
    static let field = "X-Refresh-Cookie"
    private static let path = "/api/v1/auth"

    /// Whether the browser speaks TLS, to the hub or to the proxy before it.
    private let isSecure: Bool
    /// Until it is forgotten.
    private let life: Duration

    /// - Parameter publicURL: Where people reach the hub; empty if nobody has said.
    /// - Returns: Nothing for a client that keeps its token itself.
    /// - Throws: 403 if another site's page asks.
    static func asked(
        by request: RouteRequest, publicURL: String, lasting life: Duration
    ) throws(Problem) -> RefreshCookie? {
        guard request.headers.contains(field) else { return nil }
        let isSecure = request.origin.isSecure
        guard let origin = request.headers["Origin"], isOwn(origin, of: request, isSecure, publicURL),
            request.headers["Sec-Fetch-Site"].map({ $0 == "same-origin" }) ?? true
        else { throw Problem(.forbidden, "A refresh token is kept in a cookie for the hub's own page alone") }
        return RefreshCookie(isSecure: isSecure, life: life)
    }

    private static func isOwn(
        _ origin: String, of request: RouteRequest, _ isSecure: Bool, _ publicURL: String
    ) -> Bool {
        if let authority = request.http.authority, origin == "\(isSecure ? "https" : "http")://\(authority)" {
            return true
        }
        // Without the path that it may have.
        let start = publicURL.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
        return !publicURL.isEmpty && origin == start.joined(separator: "/")
    }

    /// Browsers take a name that begins so from nobody but a site with TLS.
    private var name: String { isSecure ? "__Secure-presence-refresh" : "presence-refresh" }

    /// The token that came with a request, whatever it is.
    func token(in request: RouteRequest) -> String? {
        for field in request.headers.values(of: "Cookie") {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name else { continue }
                return String(parts[1])
            }
        }
        return nil
    }

    /// The value of `Set-Cookie` that keeps a token.
    func holding(_ token: RefreshToken) -> String {
        "\(name)=\(token.text); Max-Age=\(life.components.seconds); \(attributes)"
    }

    /// The value of `Set-Cookie` that forgets it.
    var cleared: String { "\(name)=; Max-Age=0; \(attributes)" }

    private var attributes: String {
        "Path=\(RefreshCookie.path); HttpOnly; SameSite=Strict\(isSecure ? "; Secure" : "")"
    }
}

extension AccountsFeature {
    /// The cookie that a request asks for, if it does.
    func refreshCookie(for request: RouteRequest) throws(Problem) -> RefreshCookie? {
        try RefreshCookie.asked(
            by: request, publicURL: services.configuration.server.publicURL, lasting: limits.refreshTokenLife)
    }
}

extension Problem {
    /// Has the browser forget a token that is of no use any more.
    func clearing(_ cookie: RefreshCookie?) -> Problem {
        guard let cookie else { return self }
        var problem = self
        problem.fields.append(.init("Set-Cookie", cookie.cleared))
        return problem
    }
}
