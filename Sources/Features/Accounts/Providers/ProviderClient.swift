internal import Configuration
internal import Crypto
internal import EventLoop
internal import HTTPClient
internal import Model
internal import Tokens
internal import Wire

/// Speaks with one provider: discovery, keys, and the exchange of a code for an ID token. One for the hub.
actor ProviderClient {
    nonisolated let provider: IdentityProvider
    private let http: ProviderCalls
    private let clock: any LiveClock
    private var metadata: (value: ProviderMetadata, readAt: Timestamp)?
    private var keys: (value: [PublishedKey], readAt: Timestamp)?

    /// How long what a provider publishes is believed.
    static let freshness = Duration.seconds(3_600)
    /// How soon keys are read again for a token with a key that is not among them.
    static let patience = Duration.seconds(10)

    init(_ provider: IdentityProvider, on loop: Loop, clock: any LiveClock) {
        self.provider = provider
        http = ProviderCalls(on: loop)
        self.clock = clock
    }

    /// Where to send somebody (RFC 6749, section 4.1.1; RFC 7636).
    func authorizationURL(
        state: String, nonce: String, challenge: String, redirectURI: String
    ) async throws(ProviderFault) -> String {
        let endpoint = try await discovered().authorizationEndpoint
        let form = FormText([
            ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", redirectURI),
            ("scope", provider.scopes.joined(separator: " ")), ("state", state), ("nonce", nonce),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ])
        return endpoint + (endpoint.contains("?") ? "&" : "?") + form.text
    }

    /// Who came back with `code`.
    func identity(
        for code: String, verifier: String, redirectURI: String, nonce: String
    ) async throws(ProviderFault) -> ProviderIdentity {
        let token = try await exchange(code, verifier: verifier, redirectURI: redirectURI)
        do throws(IdentityTokenFault) {
            let keys = try await publishedKeysOrNone(within: ProviderClient.freshness)
            return try IdentityToken.verify(token, keys: keys, of: provider, nonce: nonce, at: clock.now)
        } catch {
            guard error == .token(.unknownKey) else { throw .refused(error) }
        }
        // It has exchanged its keys since.
        let keys = try await publishedKeys(within: ProviderClient.patience)
        do throws(IdentityTokenFault) {
            return try IdentityToken.verify(token, keys: keys, of: provider, nonce: nonce, at: clock.now)
        } catch {
            throw .refused(error)
        }
    }

    private func publishedKeysOrNone(within age: Duration) async throws(IdentityTokenFault) -> [PublishedKey] {
        do throws(ProviderFault) {
            return try await publishedKeys(within: age)
        } catch {
            return []
        }
    }

    /// - Returns: The ID token.
    private func exchange(_ code: String, verifier: String, redirectURI: String) async throws(ProviderFault) -> String {
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
            ("client_id", provider.clientID), ("code_verifier", verifier),
        ]
        if let secret = provider.clientSecret { form.append(("client_secret", secret.revealed)) }
        var call = HTTPCall("POST", try await discovered().tokenEndpoint, body: Array(FormText(form).text.utf8))
        call.headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
        let answer = try await http.send(call)
        // The code is wrong, old or used, or was given to somebody else (RFC 6749, section 5.2).
        if (400..<500).contains(answer.status), answer.status != 429 { throw .codeRefused }
        guard answer.status == 200, let token = ProviderCalls.object(answer)?["id_token"]?.string else {
            throw .unavailable
        }
        return token
    }

    private func discovered() async throws(ProviderFault) -> ProviderMetadata {
        let now = clock.now
        if let metadata, metadata.readAt.duration(to: now) < ProviderClient.freshness { return metadata.value }
        let path = provider.issuer.hasSuffix("/") ? String(provider.issuer.dropLast()) : provider.issuer
        let answer = try await http.send(HTTPCall("GET", path + "/.well-known/openid-configuration"))
        guard answer.status == 200, let document = ProviderCalls.object(answer),
            let value = ProviderMetadata(document, issuer: provider.issuer)
        else { throw .unavailable }
        metadata = (value, now)
        return value
    }

    private func publishedKeys(within age: Duration) async throws(ProviderFault) -> [PublishedKey] {
        let now = clock.now
        if let keys, keys.readAt.duration(to: now) < age { return keys.value }
        let answer = try await http.send(HTTPCall("GET", try await discovered().keySetURL))
        guard answer.status == 200, let document = ProviderCalls.object(answer),
            let value = PublishedKey.set(document)
        else { throw .unavailable }
        keys = (value, now)
        return value
    }
}

/// Why a provider has not told who somebody is.
enum ProviderFault: Error, Hashable, Sendable {
    /// It cannot be reached, or says nothing that makes sense.
    case unavailable
    /// The code is not, or no more, of anything.
    case codeRefused
    /// What it says cannot be believed.
    case refused(IdentityTokenFault)
}

/// Where a provider has what (OpenID Connect Discovery, section 3).
struct ProviderMetadata: Hashable, Sendable {
    let authorizationEndpoint: String
    let tokenEndpoint: String
    let keySetURL: String

    /// Nothing if it is another issuer's, or has an address that anybody could listen in on.
    init?(_ document: JSONValue, issuer: String) {
        guard document["issuer"]?.string == issuer, let authorization = document["authorization_endpoint"]?.string,
            let token = document["token_endpoint"]?.string, let keySet = document["jwks_uri"]?.string,
            [authorization, token, keySet].allSatisfy(ProviderMetadata.isGood)
        else { return nil }
        authorizationEndpoint = authorization
        tokenEndpoint = token
        keySetURL = keySet
    }

    private static func isGood(_ url: String) -> Bool {
        let base = url.prefix { $0 != "?" }
        return isProviderURL(String(base)) && !url.contains("#") && url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
