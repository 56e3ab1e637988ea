import Configuration
import Glibc
import HubTesting
import Model
import Persistence
import Testing
import Wire

/// Mails about accounts, from a route to a real mail server and back.
@Suite(.timeLimit(.minutes(2))) struct `Mail of a hub` {
    private static let old = "Xy7-quiet-lantern-42"
    private static let new = "Zq9-copper-meadow-17"

    /// A hub with a mail server.
    private struct Post: Sendable {
        let hub: RunningHub
        let server: TestMailServer

        static func with(
            _ configure: @escaping @Sendable (inout HubConfiguration) -> Void = { _ in },
            _ body: (Post) async throws -> Void
        ) async throws {
            let server = try await TestMailServer.start()
            let url = server.url
            try await RunningHub.with {
                $0.mail.smtpURL = url
                $0.mail.from = "Hub <hub@example.test>"
                $0.mail.requiresTLS = false
                $0.server.publicURL = "https://app.example.test"
                $0.security.ratePolicies = ["sign_in", "register", "mail", "mail_token"].compactMap {
                    .init("\($0) 0/hour by ip")
                }
                configure(&$0)
            } _: { hub in
                try await body(Post(hub: hub, server: server))
            }
        }

        func ask(
            _ method: String, _ path: String, _ body: String? = nil, as token: String? = nil
        ) async throws -> HTTPAnswer {
            try await hub.address.request(
                method, "/api/v1/\(path)", body: body, headers: token.map { [("Authorization", "Bearer \($0)")] } ?? [],
                key: .some(nil))
        }

        /// Registers somebody, and returns their access and refresh tokens.
        func register(_ name: String) async throws -> (access: String, refresh: String) {
            let answer = try await ask(
                "POST", "auth/register",
                #"{"email":"\#(name)@example.test","username":"\#(name)","password":"\#(`Mail of a hub`.old)"}"#)
            guard answer.status == 201, let access = answer.json["accessToken"]?.string,
                let refresh = answer.json["refreshToken"]?.string
            else { throw UnexpectedAnswer(answer: answer) }
            return (access, refresh)
        }

        func login(_ name: String, _ password: String) async throws -> HTTPAnswer {
            try await ask(
                "POST", "auth/login", #"{"email":"\#(name)@example.test","password":"\#(password)"}"#)
        }

        func forgot(_ name: String) async throws -> HTTPAnswer {
            try await ask("POST", "auth/forgot-password", #"{"email":"\#(name)@example.test"}"#)
        }

        func reset(_ token: String, _ password: String = `Mail of a hub`.new) async throws -> HTTPAnswer {
            try await ask("POST", "auth/reset-password", #"{"token":"\#(token)","newPassword":"\#(password)"}"#)
        }

        /// Waits for the mail number `number`, from 1, and returns the token in it.
        func token(inMail number: Int) async throws -> String {
            let mail = try await server.mails(number)[number - 1]
            let match = try #require(mail.text.firstMatch(of: /#token=([A-Za-z0-9_\-]{43})\r\n/))
            return String(match.output.1)
        }
    }

    private static func code(_ answer: HTTPAnswer) -> String {
        "\(answer.status) \(answer.json["error"]?.string ?? "")"
    }

    @Test func `confirms an address with the token that came there, once`() async throws {
        try await Post.with { post in
            let (access, _) = try await post.register("ada")
            #expect(try await post.ask("GET", "auth/me", as: access).json["emailVerified"]?.boolean == false)
            let token = try await post.token(inMail: 1)
            #expect(try await post.ask("POST", "auth/verify-email/resend", as: access).status == 202)
            let second = try await post.token(inMail: 2)
            #expect(try await post.ask("POST", "auth/verify-email", #"{"token":"\#(token)"}"#).status == 204)
            for spent in [token, second, "x", String(repeating: "A", count: 43)] {
                let answer = try await post.ask("POST", "auth/verify-email", #"{"token":"\#(spent)"}"#)
                #expect(Self.code(answer) == "400 token_invalid")
            }
            #expect(try await post.ask("GET", "auth/me", as: access).json["emailVerified"]?.boolean == true)
            #expect(try await post.ask("POST", "auth/verify-email/resend").status == 401)
        }
    }

    @Test func `lets who forgot a password choose another, which ends every sign-in`() async throws {
        try await Post.with { post in
            let (access, refresh) = try await post.register("ada")
            _ = try await post.server.mails(1)
            #expect(try await post.forgot("ada").status == 202)
            let first = try await post.token(inMail: 2)
            // Spelt otherwise, the address is the same.
            #expect(try await post.forgot("ADA").status == 202)
            let second = try await post.token(inMail: 3)
            // What breaks the rules leaves the token as it was.
            #expect(Self.code(try await post.reset(second, "short")) == "400 validation_error")
            #expect(Self.code(try await post.reset(second, "ada@example.test")) == "400 validation_error")
            #expect(try await post.reset(second).status == 204)
            for spent in [first, second] {
                #expect(Self.code(try await post.reset(spent)) == "400 token_invalid")
            }
            #expect(try await post.ask("GET", "auth/me", as: access).status == 401)
            #expect(try await post.ask("POST", "auth/refresh", #"{"refreshToken":"\#(refresh)"}"#).status == 401)
            #expect(try await post.login("ada", Self.old).status == 401)
            let answer = try await post.login("ada", Self.new)
            #expect(answer.status == 200)
            // Who read the mail has the address.
            let again = answer.json["accessToken"]?.string
            #expect(try await post.ask("GET", "auth/me", as: again).json["emailVerified"]?.boolean == true)
            let notice = try await post.server.mails(4)[3]
            #expect(notice["Subject"] == "Your password for Hub was changed")
            #expect(notice.to == ["ada@example.test"])
        }
    }

    @Test func `takes a token once, however many bring it at the same time`() async throws {
        try await Post.with { post in
            _ = try await post.register("ada")
            _ = try await post.forgot("ada")
            let mails = try await post.server.mails(2)
            let reset = try #require(mails.firstIndex { $0["Subject"] == "Choose a new password for Hub" })
            let token = try await post.token(inMail: reset + 1)
            let codes = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<8 {
                    group.addTask { Self.code(try await post.reset(token, "\(Self.new)-\(number)")) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.sorted() == ["204 "] + Array(repeating: "400 token_invalid", count: 7))
        }
    }

    @Test func `takes no token that is a second too old, or older than a change of the password`() async throws {
        try await Post.with { post in
            let (access, _) = try await post.register("ada")
            _ = try await post.server.mails(1)
            _ = try await post.forgot("ada")
            let late = try await post.token(inMail: 2)
            _ = try await post.hub.database.query(
                PostgresQuery(
                    PostgresStatement(
                        "test.expire",
                        """
                        UPDATE accounts.mail_tokens SET expires_at = now() - interval '1 second'
                        WHERE purpose = 'reset_password'
                        """)))
            #expect(Self.code(try await post.reset(late)) == "400 token_expired")
            _ = try await post.forgot("ada")
            let fresh = try await post.token(inMail: 3)
            let change = #"{"currentPassword":"\#(Self.old)","newPassword":"\#(Self.new)"}"#
            #expect(try await post.ask("POST", "auth/change-password", change, as: access).status == 204)
            #expect(Self.code(try await post.reset(fresh, "\(Self.new)-2")) == "400 token_invalid")
            #expect(try await post.server.mails(4)[3]["Subject"] == "Your password for Hub was changed")
        }
    }

    @Test func `does not tell whether an address has an account`() async throws {
        try await Post.with { post in
            _ = try await post.register("ada")
            let known = try await post.forgot("ada")
            let unknown = try await post.forgot("eve")
            #expect(known.status == 202)
            #expect(unknown.status == 202)
            #expect(known.text == #"{"message":"Password reset email sent"}"#)
            #expect(known.text == unknown.text)
            #expect(
                Self.code(try await post.ask("POST", "auth/forgot-password", #"{"email":"x"}"#))
                    == "400 validation_error")
            try await Support.eventually("the jobs are done") {
                try await post.hub.database.query(
                    PostgresQuery(PostgresStatement("test.jobs", "SELECT count(*) FROM core.jobs")))[0].int64(0) == 0
            }
            #expect(post.server.mails.allSatisfy { $0.to == ["ada@example.test"] })
        }
    }

    @Test func `lets in only who has confirmed the address, where that is asked for`() async throws {
        try await Post.with {
            $0.accounts.requiresVerifiedEmail = true
        } _: { post in
            _ = try await post.register("ada")
            _ = try await post.server.mails(1)
            #expect(try await post.login("ada", Self.new).status == 401)
            #expect(Self.code(try await post.login("ada", Self.old)) == "403 forbidden")
            // Another mail came of it.
            let token = try await post.token(inMail: 2)
            #expect(try await post.ask("POST", "auth/verify-email", #"{"token":"\#(token)"}"#).status == 204)
            #expect(try await post.login("ada", Self.old).status == 200)
        }
    }

    @Test(.timeLimit(.minutes(5))) func `is sent although the hub was killed before it could be`() async throws {
        let server = try await TestMailServer.start()
        try server.answer("mail", with: "451 4.3.2 later")
        let settings: [String: String?] = [
            "HUB__MAIL__SMTP_URL": server.url, "HUB__MAIL__FROM": "hub@example.test", "HUB__MAIL__TLS": "off",
            "HUB__SERVER__PUBLIC_URL": "https://app.example.test",
        ]
        try await HubProcess.with(settings) { hub in
            let person = #"{"email":"ada@example.test","username":"ada","password":"\#(Self.old)"}"#
            let answer = try await hub.address.request(
                "POST", "/api/v1/auth/register", body: person, key: .some(nil))
            #expect(answer.status == 201)
            try await Support.eventually("the hub has tried") { server.connections > 0 }
            hub.run.signal(SIGKILL)
            _ = await hub.run.outcome()
            try server.answer("mail", with: nil)
            try await hub.restart()
            // At the latest when the killed hub's lease is over.
            try await Support.eventually("the mail is there", within: .seconds(90)) { !server.mails.isEmpty }
            #expect(server.mails[0].to == ["ada@example.test"])
            let log = hub.run.errorsSoFar + hub.run.outputSoFar
            #expect(!log.contains("ada@example.test"))
        }
    }

    @Test func `is not there without a mail server, which the routes say`() async throws {
        let hub = try await RunningHub.shared.address()
        let bodies = [
            ("forgot-password", #"{"email":"ada@example.test"}"#),
            ("reset-password", #"{"token":"x","newPassword":"\#(Self.new)"}"#), ("verify-email", #"{"token":"x"}"#),
        ]
        for (route, body) in bodies {
            let answer = try await hub.post("/api/v1/auth/\(route)", body)
            #expect(Self.code(answer) == "501 not_implemented")
            guard route != "verify-email" else { continue }
            #expect(
                answer.json["message"]?.string
                    == "Password reset via email is not yet available. Please contact support.")
        }
    }

    @Test func `keeps to what people want, and takes nothing that it could not keep to`() async throws {
        try await Post.with { post in
            let (access, _) = try await post.register("ada")
            func set(_ body: String) async throws -> HTTPAnswer {
                try await post.ask("PUT", "notifications/preferences", body, as: access)
            }
            let defaults =
                #"{"channels":{"email":true,"log":false},"quietHours":null,"messages":"all","invitations":true}"#
            #expect(try await post.ask("GET", "notifications/preferences", as: access).text == defaults)
            let wanted =
                #"{"channels":{"email":false,"log":true},"quietHours":{"start":"22:00","end":"07:30","#
                + #""timeZone":"Europe/Berlin"},"messages":"direct","invitations":false}"#
            #expect(try await set(wanted).text == wanted)
            for bad in [
                "{}", #"{"channels":{},"messages":"some"}"#, #"{"channels":{"email":1},"messages":"all"}"#,
                #"{"channels":{},"messages":"all","quietHours":{"start":"22:00","end":"22:00","timeZone":"UTC"}}"#,
                #"{"channels":{},"messages":"all","quietHours":{"start":"22:00","end":"25:00","timeZone":"UTC"}}"#,
                #"{"channels":{},"messages":"all","quietHours":{"start":"22:00","end":"07:00","timeZone":"A/B"}}"#,
                #"{"channels":{},"messages":"all","quietHours":{"start":"22:00","end":"07:00","timeZone":"X-3"}}"#,
            ] {
                #expect(Self.code(try await set(bad)) == "400 validation_error")
            }
            #expect(try await post.ask("GET", "notifications/preferences", as: access).text == wanted)
            #expect(try await set(#"{"channels":{},"messages":"none"}"#).json["quietHours"]?.isNull == true)
        }
    }
}
