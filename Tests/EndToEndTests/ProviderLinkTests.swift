import Configuration
import HubTesting
import Model
import Testing
import Wire

/// Accounts that a provider made, what proves an address, and joining and parting.
@Suite(.timeLimit(.minutes(3))) struct `Accounts of a provider` {
    private static func mailed(_ server: TestMailServer) -> @Sendable (inout HubConfiguration) -> Void {
        let url = server.url
        return {
            $0.mail.smtpURL = url
            $0.mail.from = "Hub <hub@example.test>"
            $0.mail.requiresTLS = false
            $0.server.publicURL = "https://app.example.test"
        }
    }

    private func token(_ mail: TestMailServer.Mail) throws -> String {
        let match = try #require(mail.text.firstMatch(of: /#token=([A-Za-z0-9_\-]{43})\r\n/))
        return String(match.output.1)
    }

    @Test func `an address that nobody proved gives way to whom the provider vouches for`() async throws {
        try await ProviderDesk.with { desk async throws in
            let claimed = try await desk.person(.init("squatter", email: "ada@example.org", isVerified: false))
            let squatter = try await TestPerson.register(on: desk.hub, "squatter")
            for (address, loser) in [("ada@example.org", claimed), (squatter.email, squatter)] {
                let owner = try await desk.signIn(as: .init("owner of \(address)", email: address))
                #expect(owner.status == 200)
                #expect(owner.json["user"]?["email"]?.string == address)
                #expect(owner.json["user"]?["emailVerified"]?.boolean == true)
                #expect(owner.json["user"]?["id"]?.string != loser.id.description)
                // The other account stays, without the address.
                let me = try await loser.get("/api/v1/auth/me")
                #expect(me.json["email"]?.string == "\(loser.id)@unverified.invalid")
            }
            // Proved now, it gives way to nobody.
            let late = try await desk.signIn(as: .init("late", email: "ada@example.org"))
            #expect(late.status == 409)
        }
    }

    @Test func `who reads the mail of an address that a provider did not check has it`() async throws {
        let server = try await TestMailServer.start()
        try await ProviderDesk.with(Self.mailed(server)) { desk async throws in
            let claimed = try await desk.person(.init("s-1", email: "ada@example.test", isVerified: false))
            let first = try await server.mails(1)[0]
            #expect(first.text.contains("/verify-email#token="))
            let forgot = try await desk.hub.request(
                "POST", "/api/v1/auth/forgot-password", body: #"{"email":"ada@example.test"}"#, key: .some(nil))
            #expect(forgot.status == 202)
            let reset = try await desk.hub.request(
                "POST", "/api/v1/auth/reset-password",
                body: #"{"token":"\#(try token(try await server.mails(2)[1]))","newPassword":"Zq9-copper-meadow-17"}"#,
                key: .some(nil))
            #expect(reset.status == 204)
            let login = try await TestPerson.tryLogin(
                on: desk.hub, email: "ada@example.test", password: "Zq9-copper-meadow-17")
            #expect(login.json["user"]?["id"]?.string == claimed.id.description)
            #expect(login.json["user"]?["emailVerified"]?.boolean == true)
            #expect(login.json["user"]?["provider"]?.string == "local")
            // Whoever claimed it has lost both.
            #expect(try await claimed.get("/api/v1/auth/me").status == 401)
            let again = try await desk.signIn(as: .init("s-1", email: "ada@example.test", isVerified: false))
            #expect(again.status == 409)
        }
    }

    @Test func `where addresses are to be confirmed a provider's are too`() async throws {
        let server = try await TestMailServer.start()
        let configure = Self.mailed(server)
        let confirmed: @Sendable (inout HubConfiguration) -> Void = {
            configure(&$0)
            $0.accounts.requiresVerifiedEmail = true
        }
        try await ProviderDesk.with(confirmed) { desk async throws in
            let ada = TestProvider.Person("s-1", email: "ada@example.test", isVerified: false)
            let refused = try await desk.signIn(as: ada)
            #expect(refused.status == 403 && refused.error == "forbidden")
            let verified = try await desk.hub.request(
                "POST", "/api/v1/auth/verify-email",
                body: #"{"token":"\#(try token(try await server.mails(1)[0]))"}"#, key: .some(nil))
            #expect(verified.status == 204)
            #expect(try await desk.signIn(as: ada).status == 200)
            // Or the provider checks it later.
            #expect(
                try await desk.signIn(as: .init("s-2", email: "bob@example.test", isVerified: false)).status == 403)
            let later = try await desk.signIn(as: .init("s-2", email: "Bob@example.test"))
            #expect(later.status == 200 && later.json["user"]?["emailVerified"]?.boolean == true)
        }
    }

    @Test func `a first password is chosen a moment after signing in, then the two can be parted`() async throws {
        let server = try await TestMailServer.start()
        try await ProviderDesk.with(Self.mailed(server)) { desk async throws in
            let ada = try await desk.person(.init("s-1", email: "ada@example.test"))
            let choice = #"{"newPassword":"\#(TestPerson.password)"}"#
            let parting = #"{"password":"\#(TestPerson.password)"}"#
            #expect(try await ada.delete("/api/v1/auth/providers/test", parting).status == 409)
            try await desk.ageSignIns()
            #expect(try await ada.post("/api/v1/auth/change-password", choice).status == 403)
            let fresh = try await desk.person(.init("s-1", email: "ada@example.test"))
            #expect(try await fresh.post("/api/v1/auth/change-password", choice).status == 204)
            #expect(try await server.mails(1)[0]["Subject"]?.contains("password") == true)
            let person = try await fresh.signIn()
            // From now on it is asked for.
            #expect(try await person.post("/api/v1/auth/change-password", choice).status == 400)
            #expect(try await person.post("/api/v1/auth/totp", parting).status == 200)
            let linked = try await person.get("/api/v1/auth/providers/linked")
            #expect(linked.text == #"{"providers":[{"name":"test","title":"Test"}]}"#)
            #expect(
                try await person.delete("/api/v1/auth/providers/test", #"{"password":"wrong"}"#).status == 401)
            #expect(try await person.delete("/api/v1/auth/providers/other", parting).status == 404)
            #expect(try await person.delete("/api/v1/auth/providers/local", parting).status == 404)
            #expect(try await person.delete("/api/v1/auth/providers/test", parting).status == 204)
            #expect(try await person.delete("/api/v1/auth/providers/test", parting).status == 404)
            #expect(try await server.mails(2)[1]["Subject"]?.contains("less to sign in") == true)
            #expect(try await person.get("/api/v1/auth/providers/linked").text == #"{"providers":[]}"#)
            // The provider's account opens it no more.
            #expect(try await desk.signIn(as: .init("s-1", email: "ada@example.test")).status == 409)
        }
    }

    @Test func `joining needs the password, or a sign-in a moment ago, and is told by mail`() async throws {
        let server = try await TestMailServer.start()
        try await ProviderDesk.with(Self.mailed(server)) { desk async throws in
            let ada = try await TestPerson.register(on: desk.hub, "ada")
            _ = try await server.mails(1)
            try await desk.ageSignIns()
            let members = ["redirectUri": ProviderDesk.redirect]
            let refused = try await ProviderDesk.post(desk.hub, "begin", members, as: ada)
            #expect(refused.status == 403 && refused.error == "forbidden")
            let wrong = try await ProviderDesk.post(
                desk.hub, "begin", members.merging(["password": "wrong"]) { $1 }, as: ada)
            #expect(wrong.status == 401 && wrong.error == "invalid_credentials")
            let joined = try await desk.signIn(as: .init("s-1", email: nil), caller: ada, password: ada.password)
            #expect(joined.status == 200 && joined.json["user"]?["id"]?.string == ada.id.description)
            #expect(try await server.mails(2)[1]["Subject"]?.contains("Another way to sign in") == true)
        }
    }
}
