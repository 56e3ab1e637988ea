import Configuration
import Crypto
import EventLoop
import HubTesting
import Model
import Testing
import Tokens

@testable import Accounts

@Suite struct `Identity providers` {
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)
    private static let redirect = "https://app.example/callback"
    private let clock = ManualClock(now)

    private func settings(_ provider: TestProvider, issuer: String? = nil) -> IdentityProvider {
        var settings = IdentityProvider(
            name: "test", title: "Test", issuer: issuer ?? provider.issuer, clientID: TestProvider.clientID,
            redirectURIs: [Self.redirect])
        settings.clientSecret = Secret(TestProvider.clientSecret)
        return settings
    }

    /// Runs `body` with a provider, and a client of it on a loop of its own.
    private func with(_ body: (TestProvider, ProviderClient) async throws -> Void) async throws {
        try await TestProvider.with { provider in
            let loop = try Loop.start()
            do {
                try await body(provider, ProviderClient(settings(provider), on: loop, clock: clock))
            } catch {
                await loop.stop()
                throw error
            }
            await loop.stop()
        }
    }

    /// Somebody signs in at the provider's; the client gets their code.
    private func identity(
        _ provider: TestProvider, _ client: ProviderClient,
        as person: TestProvider.Person = .init("s-1", email: "ann@example.org"), verifier: String = "v",
        nonce: String = "n"
    ) async throws -> ProviderIdentity {
        let challenge = Base64.url.encode(SHA256.hash(Array("v".utf8)))
        let url = try await client.authorizationURL(
            state: "state &=", nonce: "n", challenge: challenge, redirectURI: Self.redirect)
        let grant = try #require(provider.authorize(url, as: person))
        #expect(grant.state == "state &=")
        return try await client.identity(
            for: grant.code, verifier: verifier, redirectURI: Self.redirect, nonce: nonce)
    }

    @Test func `a code becomes who somebody is`() async throws {
        try await with { (provider, client) async throws in
            let identity = try await identity(
                provider, client, as: .init("s-1", email: "ann@example.org", name: "Ann \u{E4}"))
            #expect(
                identity
                    == ProviderIdentity(
                        subject: "s-1", email: "ann@example.org", isEmailVerified: true, name: "Ann \u{E4}"))
        }
    }

    @Test func `what is published is asked for once`() async throws {
        try await with { (provider, client) async throws in
            for _ in 0..<3 { _ = try await identity(provider, client) }
            #expect(provider.requests(of: "/.well-known/openid-configuration") == 1)
            #expect(provider.requests(of: "/keys") == 1)
        }
    }

    @Test func `a key that is exchanged is found, and not asked for at every token`() async throws {
        try await with { (provider, client) async throws in
            _ = try await identity(provider, client)
            provider.exchangeKey(to: "p2")
            clock.advance(by: .seconds(11))
            _ = try await identity(provider, client)
            #expect(provider.requests(of: "/keys") == 2)
            provider.exchangeKey(to: "p3")
            await #expect(throws: ProviderFault.refused(.token(.unknownKey))) { try await identity(provider, client) }
            #expect(provider.requests(of: "/keys") == 2)
        }
    }

    @Test func `another key under the same name is refused`() async throws {
        try await with { (provider, client) async throws in
            _ = try await identity(provider, client)
            provider.exchangeKey(to: "p1")
            await #expect(throws: ProviderFault.refused(.token(.signature))) { try await identity(provider, client) }
        }
    }

    @Test func `a code with another verifier is refused`() async throws {
        try await with { (provider, client) async throws in
            await #expect(throws: ProviderFault.codeRefused) { try await identity(provider, client, verifier: "w") }
        }
    }

    @Test func `a provider that is away is unavailable, and later is not`() async throws {
        try await with { (provider, client) async throws in
            provider.setDown(true)
            await #expect(throws: ProviderFault.unavailable) { try await identity(provider, client) }
            provider.setDown(false)
            _ = try await identity(provider, client)
        }
    }

    @Test func `a document of another issuer is refused`() async throws {
        try await TestProvider.with { provider in
            let loop = try Loop.start()
            let client = ProviderClient(
                settings(provider, issuer: "http://localhost:\(provider.port)"), on: loop, clock: clock)
            await #expect(throws: ProviderFault.unavailable) {
                try await client.authorizationURL(state: "s", nonce: "n", challenge: "c", redirectURI: Self.redirect)
            }
            await loop.stop()
        }
    }

    @Test(
        arguments: [
            (["iss": #""https://other.example""#], IdentityTokenFault.issuer), (["iss": nil], .issuer),
            (["aud": #""another""#], .audience), (["aud": #"["the-hub","another"]"#], .audience),
            (["aud": nil], .audience),
            (["azp": #""another""#], .audience), (["exp": "1789999940"], .token(.expired)),
            (["exp": nil], .token(.malformed)),
            (["exp": #""x""#], .token(.malformed)), (["iat": "1790000061"], .tooEarly),
            (["iat": nil], .token(.malformed)),
            (["nonce": #""m""#], .nonce), (["nonce": nil], .nonce), (["sub": nil], .token(.malformed)),
            (["sub": #""""#], .token(.malformed)), (["sub": "7"], .token(.malformed)),
        ] as [([String: String?], IdentityTokenFault)])
    func `a token with a wrong claim is refused`(changes: [String: String?], fault: IdentityTokenFault) async throws {
        try await with { (provider, client) async throws in
            provider.change(changes)
            await #expect(throws: ProviderFault.refused(fault)) { try await identity(provider, client) }
        }
    }

    @Test(
        arguments: [
            ["aud": #"["the-hub"]"#], ["aud": #"["other","the-hub"]"#, "azp": #""the-hub""#], ["exp": "1789999941"],
            ["iat": "1790000060"], ["email_verified": #""true""#],
        ] as [[String: String?]])
    func `what the standard allows is taken`(changes: [String: String?]) async throws {
        try await with { (provider, client) async throws in
            provider.change(changes)
            let identity = try await identity(provider, client)
            #expect(identity.subject == "s-1")
        }
    }

    @Test(arguments: ["false", #""false""#, "1", "null", #""yes""#])
    func `an address counts as verified only if the provider says so`(flag: String) async throws {
        try await with { (provider, client) async throws in
            provider.change(["email_verified": flag])
            let identity = try await identity(provider, client)
            #expect(!identity.isEmailVerified)
        }
    }
}
