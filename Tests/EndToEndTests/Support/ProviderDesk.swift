import Configuration
import Glibc
import HubTesting
import Model
import Persistence
import Wire

/// A hub that knows one provider, `test`, and people who sign in with it.
struct ProviderDesk {
    let provider: TestProvider
    let hub: HubAddress
    let running: RunningHub

    static let redirect = "https://app.example/callback"

    /// - Parameter redirect: Where the provider sends people back to.
    static func with(
        redirect: String = ProviderDesk.redirect,
        _ configure: @escaping @Sendable (inout HubConfiguration) -> Void = { _ in },
        _ body: (ProviderDesk) async throws -> Void
    ) async throws {
        try await TestProvider.with { provider in
            let path = try TestPostgres.temporaryDirectory("hub-test-oidc") + "/providers.toml"
            let text = """
                [test]
                title = "Test"
                issuer = "\(provider.issuer)"
                client_id = "\(TestProvider.clientID)"
                client_secret = "\(TestProvider.clientSecret)"
                redirect_uris = ["\(redirect)"]
                """
            let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
            guard write(descriptor, text, text.utf8.count) == text.utf8.count else { throw NotWritten() }
            close(descriptor)
            try await RunningHub.with {
                $0.credentials.providersFile = path
                configure(&$0)
            } _: { hub in
                try await body(ProviderDesk(provider: provider, hub: hub.address, running: hub))
            }
        }
    }

    private struct NotWritten: Error {}

    static func post(
        _ hub: HubAddress, _ path: String, _ members: [String: String], as person: TestPerson? = nil
    ) async throws -> HTTPAnswer {
        let body = JSONWriter.bytes { json in
            json.object { json in
                for (name, value) in members {
                    json.name(name)
                    json.value(value)
                }
            }
        }
        return try await hub.request(
            "POST", "/api/v1/auth/providers/test/\(path)", body: String(decoding: body, as: UTF8.self),
            headers: person?.headers ?? [], key: .some(nil))
    }

    static func begin(
        _ hub: HubAddress, as caller: TestPerson? = nil, password: String? = nil
    ) async throws -> (url: String, state: String) {
        var members = ["redirectUri": redirect]
        members["password"] = password
        let answer = try await post(hub, "begin", members, as: caller)
        guard answer.status == 200, let url = answer.json["authorizationUrl"]?.string,
            let state = answer.json["state"]?.string
        else { throw UnexpectedAnswer(answer: answer) }
        return (url, state)
    }

    /// The whole way, by somebody at a browser.
    static func signIn(
        _ provider: TestProvider, _ hub: HubAddress, as person: TestProvider.Person, caller: TestPerson? = nil,
        password: String? = nil
    ) async throws -> HTTPAnswer {
        let begun = try await begin(hub, as: caller, password: password)
        guard let grant = provider.authorize(begun.url, as: person), grant.state == begun.state else {
            throw NotWritten()
        }
        return try await post(hub, "complete", ["state": grant.state, "code": grant.code], as: caller)
    }

    func signIn(
        as person: TestProvider.Person, caller: TestPerson? = nil, password: String? = nil
    ) async throws -> HTTPAnswer {
        try await ProviderDesk.signIn(provider, hub, as: person, caller: caller, password: password)
    }

    /// Somebody whom the provider vouches for, with the address it tells.
    func person(_ person: TestProvider.Person) async throws -> TestPerson {
        let answer = try await signIn(as: person)
        return try TestPerson(
            hub: hub, email: answer.json["user"]?["email"]?.string ?? "", password: TestPerson.password, answer: answer)
    }

    /// Makes every sign-in ten minutes older.
    func ageSignIns() async throws {
        try await running.execute("UPDATE accounts.sign_ins SET created_at = created_at - interval '10 minutes'")
    }
}

extension RunningHub {
    /// A statement of a test's own.
    func execute(_ sql: String) async throws {
        _ = try await database.query(PostgresQuery(PostgresStatement("test.\(sql.hashValue)", sql)))
    }
}
