internal import Crypto
internal import EventLoop
internal import HTTP
internal import Synchronization

/// A small OpenID Connect provider on a port of its own: discovery, keys, and a token endpoint that insists on PKCE. What it
/// says can be made wrong.
package final class TestProvider: Sendable {
    package let port: Int
    private let loop: Loop
    private let state: Mutex<State>

    /// Who is at the browser.
    package struct Person: Sendable {
        package var subject: String
        package var email: String?
        package var isVerified = true
        package var name: String?

        package init(_ subject: String, email: String?, isVerified: Bool = true, name: String? = nil) {
            self.subject = subject
            self.email = email
            self.isVerified = isVerified
            self.name = name
        }
    }

    private struct Grant {
        let person: Person
        let nonce: String
        let challenge: String
        let redirectURI: String
    }

    private struct State {
        var keys: [(id: String, key: Ed25519PrivateKey)] = [("p1", .generate())]
        var grants: [String: Grant] = [:]
        /// Claims in place of the right ones, as JSON; nothing leaves a claim out.
        var changes: [String: String?] = [:]
        /// Who is at every browser that comes; nobody consents if `nil`.
        var visitor: Person?
        /// Whether it answers at all.
        var isDown = false
        var requests: [String: Int] = [:]
    }

    package static let clientID = "the-hub"
    package static let clientSecret = "s3cret/with+signs"

    package var issuer: String { "http://127.0.0.1:\(port)" }

    /// Serves while `body` runs.
    package static func with<Value: Sendable>(_ body: (TestProvider) async throws -> Value) async throws -> Value {
        let loop = try Loop.start()
        let handler = Handler()
        let port: Int = try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                let server = HTTPServer(on: loop, handler: handler)
                continuation.resume(
                    with: Result { try Listener.open(host: "127.0.0.1", port: 0, on: loop) { server.accept($0) }.port })
            }
        }
        let provider = TestProvider(port: port, loop: loop)
        handler.provider.withLock { $0 = provider }
        do {
            let value = try await body(provider)
            await loop.stop()
            return value
        } catch {
            await loop.stop()
            throw error
        }
    }

    private init(port: Int, loop: Loop) {
        self.port = port
        self.loop = loop
        state = Mutex(State())
    }

    // MARK: What a test decides

    /// - Parameter changes: Claims as JSON, in place of the right ones; nothing leaves one out.
    package func change(_ changes: [String: String?]) { state.withLock { $0.changes = changes } }

    /// Lets everybody who comes with a browser be `person`, who consents; nobody is somebody who does not.
    package func setVisitor(_ person: Person?) { state.withLock { $0.visitor = person } }

    package func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    /// Signs with a new key from now on, and publishes it alone.
    package func exchangeKey(to id: String) { state.withLock { $0.keys = [(id, .generate())] } }

    /// How often a path was asked for.
    package func requests(of path: String) -> Int { state.withLock { $0.requests[path] ?? 0 } }

    /// What a browser does with `url`: `person` signs in and consents.
    ///
    /// - Returns: The code and the state that the browser takes back; nothing if the request is not in order.
    package func authorize(_ url: String, as person: Person) -> (code: String, state: String)? {
        guard url.hasPrefix("\(issuer)/authorize?"), let mark = url.firstIndex(of: "?") else { return nil }
        let query = Query(String(url[url.index(after: mark)...]))
        guard query["response_type"] == "code", query["client_id"] == TestProvider.clientID,
            query["code_challenge_method"] == "S256", query["scope"]?.split(separator: " ").contains("openid") == true,
            let challenge = query["code_challenge"], let nonce = query["nonce"], let state = query["state"],
            let redirectURI = query["redirect_uri"]
        else { return nil }
        let code = Base64.url.encode(SecureRandom.bytes(16))
        self.state.withLock {
            $0.grants[code] = Grant(person: person, nonce: nonce, challenge: challenge, redirectURI: redirectURI)
        }
        return (code, state)
    }

    // MARK: What it answers

    private final class Handler: HTTPRequestHandler {
        let provider = Mutex<TestProvider?>(nil)

        func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
            guard let provider = provider.withLock({ $0 }) else { return }
            responder.respond(provider.answer(request))
        }
    }

    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        let isDown = state.withLock {
            $0.requests[request.path, default: 0] += 1
            return $0.isDown
        }
        if isDown { return HTTPResponse(.serviceUnavailable) }
        switch request.path {
        case "/.well-known/openid-configuration":
            return .json(
                Array(
                    """
                    {"issuer":"\(issuer)","authorization_endpoint":"\(issuer)/authorize","token_endpoint":"\(issuer)/token",
                     "jwks_uri":"\(issuer)/keys"}
                    """.utf8))
        case "/keys":
            let keys = state.withLock { $0.keys }.map {
                #"{"kty":"OKP","crv":"Ed25519","kid":"\#($0.id)","use":"sig","x":"\#(Base64.url.encode($0.key.publicBytes))"}"#
            }
            return .json(Array(#"{"keys":[{"kty":"oct","k":"AAAA"},\#(keys.joined(separator: ","))]}"#.utf8))
        case "/authorize": return sendBack(request)
        case "/token": return token(Query(String(decoding: request.body, as: UTF8.self)))
        default: return HTTPResponse(.notFound)
        }
    }

    private func sendBack(_ request: HTTPRequest) -> HTTPResponse {
        let query = request.query
        guard let target = query["redirect_uri"] else { return HTTPResponse(.badRequest) }
        var answer = "error=access_denied&state=\(query["state"] ?? "")"
        if let visitor = state.withLock({ $0.visitor }) {
            guard let grant = authorize(issuer + request.pathAndQuery, as: visitor) else {
                return HTTPResponse(.badRequest)
            }
            answer = "code=\(grant.code)&state=\(grant.state)"
        }
        var response = HTTPResponse(.seeOther)
        response.headers.append("Location", "\(target)?\(answer)")
        return response
    }

    private func token(_ form: Query) -> HTTPResponse {
        let grant = state.withLock { $0.grants.removeValue(forKey: form["code"] ?? "") }
        guard let grant, form["grant_type"] == "authorization_code", form["client_id"] == TestProvider.clientID,
            form["client_secret"] == TestProvider.clientSecret, form["redirect_uri"] == grant.redirectURI,
            Base64.url.encode(SHA256.hash(Array((form["code_verifier"] ?? "").utf8))) == grant.challenge
        else { return .json(Array(#"{"error":"invalid_grant"}"#.utf8), status: .badRequest) }
        return .json(
            Array(#"{"access_token":"x","token_type":"Bearer","id_token":"\#(identityToken(of: grant))"}"#.utf8))
    }

    private func identityToken(of grant: Grant) -> String {
        let state = state.withLock { $0 }
        var claims: [String: String] = [
            "iss": "\"\(issuer)\"", "aud": "\"\(TestProvider.clientID)\"", "sub": "\"\(grant.person.subject)\"",
            "exp": "4102444800", "iat": "1700000000", "nonce": "\"\(grant.nonce)\"",
            "email_verified": "\(grant.person.isVerified)",
        ]
        if let email = grant.person.email { claims["email"] = "\"\(email)\"" }
        if let name = grant.person.name { claims["name"] = "\"\(name)\"" }
        for (name, value) in state.changes { claims[name] = value }
        let payload = "{" + claims.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
        guard let (id, key) = state.keys.last else { return "" }
        let signed =
            Base64.url.encode(Array(#"{"alg":"EdDSA","kid":"\#(id)","x5t":"ignored"}"#.utf8)) + "."
            + Base64.url.encode(Array(payload.utf8))
        return signed + "." + Base64.url.encode(key.sign(Array(signed.utf8)))
    }
}
