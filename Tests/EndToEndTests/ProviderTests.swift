import HubTesting
import Model
import Persistence
import Testing
import Wire

@Suite struct `Signing in with a provider` {
    private static let redirect = ProviderDesk.redirect

    private func with(_ body: (TestProvider, HubAddress, RunningHub) async throws -> Void) async throws {
        try await ProviderDesk.with { desk in try await body(desk.provider, desk.hub, desk.running) }
    }

    private func post(
        _ hub: HubAddress, _ path: String, _ members: [String: String], as person: TestPerson? = nil
    ) async throws -> HTTPAnswer {
        try await ProviderDesk.post(hub, path, members, as: person)
    }

    private func begin(_ hub: HubAddress, as caller: TestPerson? = nil) async throws -> (url: String, state: String) {
        try await ProviderDesk.begin(hub, as: caller)
    }

    private func signIn(
        _ provider: TestProvider, _ hub: HubAddress, as person: TestProvider.Person, caller: TestPerson? = nil
    ) async throws -> HTTPAnswer {
        try await ProviderDesk.signIn(provider, hub, as: person, caller: caller)
    }

    @Test func `somebody new gets an account, and the same one the next time`() async throws {
        try await with { (provider, hub, _) async throws in
            let ann = TestProvider.Person("s-1", email: "Ann.Lee@example.org", name: "Ann Lee")
            let first = try await signIn(provider, hub, as: ann)
            #expect(first.status == 200)
            #expect(first.json["user"]?["username"]?.string == "ann.lee")
            #expect(first.json["user"]?["displayName"]?.string == "Ann Lee")
            #expect(first.json["user"]?["email"]?.string == "Ann.Lee@example.org")
            #expect(first.json["user"]?["emailVerified"]?.boolean == true)
            #expect(first.json["user"]?["provider"]?.string == "test")
            let person = try TestPerson(hub: hub, email: "", password: "", answer: first)
            #expect(try await person.get("/api/v1/auth/me").status == 200)
            let second = try await signIn(provider, hub, as: .init("s-1", email: "moved@example.org"))
            #expect(second.status == 200)
            #expect(second.json["user"]?["id"] == first.json["user"]?["id"])
            // There is no password to sign in with.
            let login = try await TestPerson.tryLogin(on: hub, email: "ann.lee@example.org")
            #expect(login.status == 401)
            #expect(login.json["error"]?.string == "invalid_credentials")
        }
    }

    @Test func `two people with the same name get different usernames`() async throws {
        try await with { (provider, hub, _) async throws in
            let one = try await signIn(provider, hub, as: .init("s-1", email: "ann@one.example"))
            let other = try await signIn(provider, hub, as: .init("s-2", email: "ann@other.example"))
            #expect(one.status == 200 && other.status == 200)
            #expect(one.json["user"]?["username"] != other.json["user"]?["username"])
        }
    }

    @Test func `an address of an account does not open it, verified or not`() async throws {
        try await with { (provider, hub, running) async throws in
            let owner = try await TestPerson.register(on: hub, "owner")
            let answer = try await signIn(
                provider, hub, as: .init("thief", email: owner.email.uppercased(), isVerified: false))
            #expect(answer.status == 409)
            #expect(answer.json["error"]?.string == "duplicate_email")
            try await running.execute("UPDATE accounts.credentials SET email_verified_at = now()")
            let vouched = try await signIn(provider, hub, as: .init("thief", email: owner.email.uppercased()))
            #expect(vouched.status == 409)
            #expect(vouched.json["error"]?.string == "duplicate_email")
        }
    }

    @Test func `who has signed in may join the two, and then sign in by either`() async throws {
        try await with { (provider, hub, _) async throws in
            let owner = try await TestPerson.register(on: hub, "owner")
            let joined = try await signIn(provider, hub, as: .init("s-1", email: "else@example.org"), caller: owner)
            #expect(joined.status == 200)
            #expect(joined.json["user"]?["id"]?.string == owner.id.description)
            #expect(joined.json["user"]?["email"]?.string == owner.email)
            let later = try await signIn(provider, hub, as: .init("s-1", email: "else@example.org"))
            #expect(later.json["user"]?["id"]?.string == owner.id.description)
            #expect(try await owner.signIn().id == owner.id)
            // Nobody else can join it again, nor can the owner join another.
            let other = try await TestPerson.register(on: hub, "other")
            #expect(try await signIn(provider, hub, as: .init("s-1", email: nil), caller: other).status == 409)
            #expect(try await signIn(provider, hub, as: .init("s-2", email: nil), caller: owner).status == 409)
        }
    }

    @Test func `what somebody began is completed by nobody else, nor with a token that was ended since`() async throws {
        try await with { (provider, hub, _) async throws in
            let owner = try await TestPerson.register(on: hub, "owner")
            let stranger = try await TestPerson.register(on: hub, "stranger")
            for caller in [nil, stranger] {
                let begun = try await begin(hub, as: owner)
                let grant = try #require(provider.authorize(begun.url, as: .init("s-7", email: "a@example.org")))
                let answer = try await post(
                    hub, "complete", ["state": grant.state, "code": grant.code], as: caller)
                #expect(answer.status == 401 || answer.status == 400)
            }
            let begun = try await begin(hub, as: owner)
            let grant = try #require(provider.authorize(begun.url, as: .init("s-7", email: "a@example.org")))
            #expect(try await owner.delete("/api/v1/auth/sessions/\(owner.session)").status == 204)
            let answer = try await post(hub, "complete", ["state": grant.state, "code": grant.code], as: owner)
            #expect(answer.status == 401)
            // Nobody was joined by any of it.
            let free = try await signIn(provider, hub, as: .init("s-7", email: "else@example.org"))
            #expect(free.json["user"]?["id"]?.string != owner.id.description)
        }
    }

    @Test func `a state works once, and with its own code`() async throws {
        try await with { (provider, hub, _) async throws in
            let ann = TestProvider.Person("s-1", email: "ann@example.org")
            let begun = try await begin(hub)
            let grant = try #require(provider.authorize(begun.url, as: ann))
            let members = ["state": grant.state, "code": grant.code]
            #expect(try await post(hub, "complete", members).status == 200)
            let again = try await post(hub, "complete", members)
            #expect(again.status == 401)
            #expect(again.json["error"]?.string == "invalid_credentials")
            // A code from another sign-in: its verifier and its nonce are others.
            let (one, other) = (try await begin(hub), try await begin(hub))
            let stolen = try #require(provider.authorize(one.url, as: ann))
            #expect(try await post(hub, "complete", ["state": other.state, "code": stolen.code]).status == 401)
            #expect(try await post(hub, "complete", ["state": "made-up", "code": "x"]).status == 401)
        }
    }

    @Test func `a state that is too old is refused`() async throws {
        try await with { (provider, hub, running) async throws in
            let begun = try await begin(hub)
            let grant = try #require(provider.authorize(begun.url, as: .init("s-1", email: "ann@example.org")))
            let sql = "UPDATE accounts.provider_sign_ins SET expires_at = now() - interval '1 second'"
            _ = try await running.database.query(PostgresQuery(PostgresStatement("test.age_sign_ins", sql)))
            #expect(try await post(hub, "complete", ["state": grant.state, "code": grant.code]).status == 401)
        }
    }

    @Test func `somewhere to return to that nobody told the hub is refused`() async throws {
        try await with { (_, hub, _) async throws in
            for wrong in ["https://evil.example/", Self.redirect + "/", Self.redirect + "?x", ""] {
                let answer = try await post(hub, "begin", ["redirectUri": wrong])
                #expect(answer.status == 400)
                #expect(answer.json["error"]?.string == "validation_error")
            }
            let unknown = try await hub.request(
                "POST", "/api/v1/auth/providers/nobody/begin", body: #"{"redirectUri":"x"}"#, key: .some(nil))
            #expect(unknown.status == 404)
        }
    }

    @Test func `a provider that is away is 503, and its people sign in later`() async throws {
        try await with { (provider, hub, _) async throws in
            provider.setDown(true)
            let answer = try await post(hub, "begin", ["redirectUri": Self.redirect])
            #expect(answer.status == 503)
            #expect(answer.json["retryAfter"]?.integer == 30)
            provider.setDown(false)
            #expect(try await signIn(provider, hub, as: .init("s-1", email: "ann@example.org")).status == 200)
        }
    }

    @Test func `without an address there is no account`() async throws {
        try await with { (provider, hub, _) async throws in
            #expect(try await signIn(provider, hub, as: .init("s-1", email: nil)).status == 403)
            #expect(try await signIn(provider, hub, as: .init("s-1", email: "no address")).status == 403)
        }
    }

    @Test func `the providers are listed, without what is secret`() async throws {
        try await with { (_, hub, _) async throws in
            let answer = try await hub.request("GET", "/api/v1/auth/providers", key: .some(nil))
            #expect(answer.text == #"{"providers":[{"name":"test","title":"Test"}]}"#)
        }
    }
}
