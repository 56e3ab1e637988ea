import Configuration
import Crypto
import HTTP
import Model
import Testing
import Wire

/// What those get who send nonsense to the routes of accounts, or what is not theirs.
@Suite(.timeLimit(.minutes(3)))
struct BadAccountTests {
    private static let register = "/api/v1/auth/register"

    /// A registration with other members; nothing leaves one out.
    private func registration(_ members: [String: JSONValue?]) -> String {
        let name = "p\(UInt64.random(in: 0...(1 << 40)))"
        var all: [String: JSONValue?] = [
            "email": .string("\(name)@example.org"), "username": .string(name),
            "password": .string(TestPerson.password),
        ]
        all.merge(members) { $1 }
        let object = JSONValue.object(
            all.compactMap { name, value in value.map { JSONValue.Member(name: name, value: $0) } })
        return String(decoding: JSONWriter.bytes { $0.value(object) }, as: UTF8.self)
    }

    @Test(arguments: [
        "short", "", "password", "Password1", "12345678", "aaaaaaaaaaaa", "qwertyuiop", "letmein2024",
        "with\u{0}zero-in-it", "with\u{1B}[31mcolour", "right\u{202E}to-left", "soft\u{00AD}hyphen",
        "zero\u{200B}width-space", String(repeating: "x", count: 129), String(repeating: "é", count: 600),
        String(repeating: "long", count: 250_000),
    ])
    func `a weak, huge or tricky password makes no account`(password: String) async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await hub.request(
            "POST", BadAccountTests.register, body: registration(["password": .string(password)]), key: .some(nil))
        #expect(answer.status == 400 && answer.error == "validation_error")
        #expect(answer.wrongFields == ["password"])
    }

    @Test func `a password is neither the address nor the name`() async throws {
        let hub = try await RunningHub.shared.address()
        for password in ["grasshopper-77@example.org", "GRASSHOPPER-77"] {
            let answer = try await TestPerson.tryRegister(
                on: hub, email: "grasshopper-77@example.org", username: "grasshopper-77", password: password)
            #expect(answer.status == 400 && answer.wrongFields == ["password"])
        }
    }

    @Test func `a body past the limit is refused before it is looked at`() async throws {
        let hub = try await RunningHub.shared.address()
        let password = String(repeating: "x", count: 1_100_000)
        let answer = try await hub.request(
            "POST", BadAccountTests.register, body: registration(["password": .string(password)]), key: .some(nil))
        #expect(answer.status == 413 && answer.error == "payload_too_large")
    }

    @Test(arguments: [
        ("email", JSONValue.string("nobody")), ("email", .string("a@b@c")), ("email", .string("a b@example.org")),
        ("email", .string("@example.org")), ("email", .string("a@")), ("email", .string("a\u{0}@example.org")),
        ("email", .string(String(repeating: "a", count: 300) + "@example.org")), ("email", .integer(7)),
        ("email", .string("a@example.org\r\nBcc: b@example.org")), ("email", .string("a@Unverified.Invalid")),
        ("username", .string("a")),
        ("username", .string("has space")), ("username", .string("\u{430}\u{434}\u{430}")),
        ("username", .string(String(repeating: "a", count: 31))), ("username", .boolean(true)),
        ("displayName", .string("")), ("displayName", .string("a\u{202E}b")), ("displayName", .string("a\u{7}b")),
        ("displayName", .string(String(repeating: "x", count: 51))), ("password", .integer(12_345_678)),
        ("device", .string("phone")),
    ])
    func `a wrong member is named`(member: String, value: JSONValue) async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await hub.request(
            "POST", BadAccountTests.register, body: registration([member: value]), key: .some(nil))
        #expect(answer.status == 400 && answer.error == "validation_error")
        #expect(answer.wrongFields == [member])
    }

    @Test func `everything that is wrong is told at once`() async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await hub.request(
            "POST", BadAccountTests.register,
            body: #"{"email":"x","username":"","device":{"deviceName":"","pushToken":"a b"}}"#, key: .some(nil))
        #expect(answer.status == 400)
        #expect(
            Set(answer.wrongFields) == ["email", "username", "password", "device.deviceName", "device.pushToken"])
    }

    @Test(arguments: ["", "[]", "null", "{", #"{"email":"a","email":"b"}"#, "\u{FEFF}{}"])
    func `what is no JSON object is refused`(body: String) async throws {
        let hub = try await RunningHub.shared.address()
        for path in ["register", "login", "refresh"] {
            let answer = try await hub.request("POST", "/api/v1/auth/\(path)", body: body, key: .some(nil))
            #expect(answer.status == 400 && answer.error == "invalid_format")
        }
    }

    @Test func `an address or a name in another case or normal form is taken`() async throws {
        let hub = try await RunningHub.shared.address()
        let unique = "\(UInt64.random(in: 0...(1 << 40)))"
        let first = try await TestPerson.tryRegister(
            on: hub, email: "ren\u{E9}\(unique)@example.org", username: "rene\(unique)")
        #expect(first.status == 201)
        for email in [
            "REN\u{C9}\(unique)@EXAMPLE.ORG", "rene\u{301}\(unique)@example.org",
            "\u{FF52}\u{FF45}\u{FF4E}\u{E9}\(unique)@example.org",
        ] {
            let answer = try await TestPerson.tryRegister(
                on: hub, email: email, username: "other\(UInt32.random(in: 0...UInt32.max))")
            #expect(answer.status == 409 && answer.error == "duplicate_email")
        }
        let name = try await TestPerson.tryRegister(
            on: hub, email: "x\(unique)@example.org", username: "RENE\(unique)")
        #expect(name.status == 409 && name.error == "duplicate_username")
    }

    @Test func `of two who register one address at once one has it`() async throws {
        let hub = try await RunningHub.shared.address()
        for _ in 0..<3 {
            let unique = "\(UInt64.random(in: 0...(1 << 40)))"
            async let first = TestPerson.tryRegister(
                on: hub, email: "two\(unique)@example.org", username: "one\(unique)")
            async let second = TestPerson.tryRegister(
                on: hub, email: "TWO\(unique)@example.org", username: "two\(unique)")
            let answers = [try await first, try await second]
            #expect(answers.map(\.status).sorted() == [201, 409])
            #expect(answers.compactMap(\.error) == ["duplicate_email"])
        }
    }

    // MARK: Signing in

    @Test func `a wrong password and an account that is not there are answered the same`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let answers = [
            try await TestPerson.tryLogin(on: hub, email: ada.email, password: "wrong-Harbour.1"),
            try await TestPerson.tryLogin(on: hub, email: "nobody-\(ada.username)@example.org"),
            try await TestPerson.tryLogin(on: hub, email: "no address"),
            try await TestPerson.tryLogin(on: hub, email: ada.email, password: ""),
            try await TestPerson.tryLogin(on: hub, email: ada.email, password: String(repeating: "x", count: 5000)),
        ]
        for answer in answers {
            #expect(answer.status == 401 && answer.error == "invalid_credentials")
            #expect(answer.json["message"] == answers[0].json["message"])
            #expect(answer.fields.map(\.name).sorted() == answers[0].fields.map(\.name).sorted())
        }
    }

    @Test func `a login names one of address and name`() async throws {
        let hub = try await RunningHub.shared.address()
        for (body, field) in [
            (#"{"password":"x"}"#, "email"), (#"{"email":"a@b.c","username":"a","password":"x"}"#, "username"),
            (#"{"email":"a@b.c"}"#, "password"), (#"{"email":1,"password":"x"}"#, "email"),
        ] {
            let answer = try await hub.request("POST", "/api/v1/auth/login", body: body, key: .some(nil))
            #expect(answer.status == 400 && answer.wrongFields == [field])
        }
    }

    @Test func `failures make the next wait, whether there is such an account or not`() async throws {
        try await RunningHub.with {
            $0.accounts.freeAttempts = 3
        } _: { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            for email in [ada.email, "nobody@example.org"] {
                var answers: [HTTPAnswer] = []
                for _ in 0..<4 {
                    answers.append(
                        try await TestPerson.tryLogin(on: hub.address, email: email, password: "wrong-Harbour.1"))
                }
                #expect(answers.prefix(3).map(\.status) == [401, 401, 401])
                let refusal = answers[3]
                // A busy machine may have let the second pass.
                guard refusal.status == 429 else { continue }
                #expect(refusal.error == "rate_limit_exceeded")
                #expect(refusal["Retry-After"] == "1" && refusal.json["retryAfter"]?.integer == 1)
            }
        }
    }

    @Test func `sign-ins and registrations of one network are limited by their policies`() async throws {
        try await RunningHub.with {
            $0.security.ratePolicies = ["sign_in 2/day by ip", "register 1/day by ip"].compactMap { RatePolicy($0) }
        } _: { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let second = try await TestPerson.tryRegister(on: hub.address, email: "b@example.org", username: "bob")
            #expect(second.status == 429 && second.error == "rate_limit_exceeded")
            #expect(second["RateLimit-Policy"] == #""register";q=1;w=86400"#)
            for status in [200, 200, 429] {
                #expect(try await TestPerson.tryLogin(on: hub.address, email: ada.email).status == status)
            }
            // What is signed in goes on.
            #expect(try await ada.refreshed().get("/api/v1/auth/me").status == 200)
        }
    }

    @Test func `a person's requests are counted by person`() async throws {
        try await RunningHub.with {
            $0.security.userRatePerMinute = 3
        } _: { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let again = try await ada.signIn()
            let bob = try await TestPerson.register(on: hub.address, "bob")
            for person in [ada, again, ada] { #expect(try await person.get("/api/v1/auth/me").status == 200) }
            let refusal = try await again.get("/api/v1/auth/me")
            #expect(refusal.status == 429 && refusal.error == "rate_limit_exceeded")
            #expect(refusal["RateLimit-Policy"] == #""user";q=3;w=60"#)
            #expect(try await bob.get("/api/v1/auth/me").status == 200)
        }
    }

    // MARK: Changing

    @Test func `a wrong current password changes nothing, and neither does a weak new one`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let wrong = try await ada.post(
            "/api/v1/auth/change-password",
            #"{"currentPassword":"wrong-Harbour.1","newPassword":"another-Harbour.17"}"#)
        #expect(wrong.status == 401 && wrong.error == "invalid_credentials")
        let weak = try await ada.changePassword(to: "12345678")
        #expect(weak.status == 400 && weak.wrongFields == ["newPassword"])
        let own = try await ada.changePassword(to: ada.email)
        #expect(own.status == 400 && own.wrongFields == ["newPassword"])
        #expect(try await ada.get("/api/v1/auth/me").status == 200)
        #expect(try await ada.signIn().id == ada.id)
    }

    @Test func `of two changes of one password at once one is made`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let other = try await ada.signIn()
        async let first = ada.changePassword(to: "first-Harbour.17")
        async let second = other.changePassword(to: "second-Harbour.17")
        let answers = [try await first, try await second]
        #expect(answers.count { $0.status == 204 } == 1)
        #expect(answers.count { $0.status == 401 } == 1)
    }

    // MARK: Tokens

    @Test(arguments: ["", "x", "a.b.c", "..", "Bearer", String(repeating: "a", count: 5000)])
    func `what is no token is refused`(text: String) async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await hub.request(
            "GET", "/api/v1/auth/me", headers: [("Authorization", "Bearer \(text)")], key: .some(nil))
        #expect(answer.status == 401)
        #expect(answer.error == (text.isEmpty ? "unauthorized" : "token_invalid"))
    }

    @Test func `a token whose parts were exchanged is refused`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let bob = try await TestPerson.register(on: hub, "bob")
        let parts = ada.accessToken.split(separator: ".").map(String.init)
        let others = bob.accessToken.split(separator: ".").map(String.init)
        func encoded(_ json: String) -> String { Base64.url.encode(Array(json.utf8)) }
        let forged = [
            "\(encoded(#"{"alg":"none","typ":"at+jwt"}"#)).\(parts[1]).",
            "\(encoded(#"{"alg":"none"}"#)).\(parts[1]).\(parts[2])",
            "\(encoded(#"{"alg":"HS256","typ":"at+jwt"}"#)).\(parts[1]).\(parts[2])",
            "\(parts[0]).\(others[1]).\(parts[2])", "\(parts[0]).\(parts[1]).\(others[2])",
            "\(parts[0]).\(parts[1])", "\(ada.accessToken).", "\(ada.accessToken)=", ada.refreshToken,
        ]
        for token in forged {
            let answer = try await hub.request(
                "GET", "/api/v1/auth/me", headers: [("Authorization", "Bearer \(token)")], key: .some(nil))
            #expect(answer.status == 401 && answer.error == "token_invalid")
            await #expect(throws: (any Error).self) {
                _ = try await TestClient.connect(ada.hub, headers: ["Authorization": "Bearer \(token)"])
            }
        }
        // Of another hub, whose key is another.
        try await RunningHub.with { stranger in
            let eve = try await TestPerson.register(on: stranger.address, "eve")
            let answer = try await hub.request("GET", "/api/v1/auth/me", headers: eve.headers, key: .some(nil))
            #expect(answer.status == 401 && answer.error == "token_invalid")
        }
        // The scheme's name has no case, and any other scheme is no credential.
        let lower = try await hub.request(
            "GET", "/api/v1/auth/me", headers: [("Authorization", "bearer \(ada.accessToken)")], key: .some(nil))
        #expect(lower.status == 200)
        let basic = try await hub.request(
            "GET", "/api/v1/auth/me", headers: [("Authorization", "Basic \(ada.accessToken)")], key: .some(nil))
        #expect(basic.status == 401 && basic.error == "unauthorized")
        #expect(basic["WWW-Authenticate"] == #"Bearer realm="presence-hub""#)
    }

    @Test(arguments: ["", "x", String(repeating: "A", count: 43), String(repeating: "a", count: 100_000)])
    func `what is no refresh token is refused`(text: String) async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await hub.request(
            "POST", "/api/v1/auth/refresh", body: #"{"refreshToken":"\#(text)"}"#, key: .some(nil))
        #expect(answer.status == 401 && answer.error == "token_invalid")
    }
}
