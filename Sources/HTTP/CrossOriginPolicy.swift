/// Which web pages may read the answers (CORS, of the Fetch standard; story 4.4).
///
/// Callers show who they are by header fields, which a page sets itself, never by cookies: so no answer allows credentials,
/// and `*` gives a page nothing that its server could not have.
package struct CrossOriginPolicy: Sendable {
    private let origins: [String]
    private let allowsAny: Bool

    /// What a page may send beyond what needs no leave. Each by name: `*` would leave out `Authorization`.
    private static let requestHeaders =
        "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-API-Key, X-Request-ID, traceparent, tracestate"
    /// What a page may read beyond what it always may.
    private static let responseHeaders =
        "Content-Disposition, Date, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, "
        + "X-Request-ID"
    /// How long a browser may remember a preflight's answer, in seconds.
    private static let maximumAge = "600"

    /// - Parameter origins: Such as `https://app.example.com`, compared exactly; `*` allows any; none allows none.
    package init(origins: [String]) {
        self.origins = origins
        allowsAny = origins.contains("*")
    }

    /// Whether a page of that origin may read answers, and open a stream.
    package func allows(_ origin: String) -> Bool { allowsAny || origins.contains(origin) }

    /// Adds to an answer what lets the page that asked read it; and where that depends on the page, that it does, to every
    /// answer, so that no cache gives one page's to another.
    package func permit(_ request: HTTPRequest, in headers: inout HTTPHeaders) {
        guard allowsAny || !origins.isEmpty else { return }
        if !allowsAny { headers.append("Vary", "Origin") }
        guard let origin = request.headers["Origin"], allows(origin) else { return }
        headers.append("Access-Control-Allow-Origin", allowsAny ? "*" : origin)
        headers.append("Access-Control-Expose-Headers", CrossOriginPolicy.responseHeaders)
    }

    /// The answer to `OPTIONS` for a path that serves `allow`: to a browser's preflight, or to whoever asks.
    package func options(_ request: HTTPRequest, allow: [HTTPMethod]) -> HTTPResponse {
        let methods = allow.map(\.rawValue).joined(separator: ", ")
        var response = HTTPResponse(.noContent, headers: ["Allow": methods])
        if let origin = request.headers["Origin"], allows(origin),
            request.headers.contains("Access-Control-Request-Method")
        {
            response.headers.append("Access-Control-Allow-Methods", methods)
            response.headers.append("Access-Control-Allow-Headers", CrossOriginPolicy.requestHeaders)
            response.headers.append("Access-Control-Max-Age", CrossOriginPolicy.maximumAge)
        }
        return response
    }
}
