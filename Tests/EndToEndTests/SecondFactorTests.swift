import Configuration
import Crypto
import Hub
import HubTesting
import Model
import Testing
import Wire

@testable import Accounts

@Suite struct `Signing in with a second factor` {
    /// Codes of a secret as the hub showed it, at the time of the machine.
    private struct App {
        let secret: [UInt8]

        init(_ answer: HTTPAnswer) throws {
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
            var bits: UInt64 = 0
            var count = 0
            var bytes: [UInt8] = []
            for character in try #require(answer.json["secret"]?.string) {
                bits = bits << 5 | UInt64(try #require(alphabet.firstIndex(of: character)))
                count += 5
                if count >= 8 {
                    count -= 8
                    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(count)))
                }
            }
            secret = bytes
        }

        /// The code of the step after this one, which is good after this one's has been used, and for half a minute at least.
        var next: String { code(1) }

        /// The code of this step, or of one about it.
        func code(_ offset: Int64 = 0) -> String {
            OneTimePassword.code(of: secret, step: OneTimePassword.step(at: SystemClock().now) + offset)
        }
    }

    private func turnOn(_ person: TestPerson) async throws -> (app: App, codes: [String]) {
        let begun = try await person.post("/api/v1/auth/totp", #"{"password":"\#(person.password)"}"#)
        #expect(begun.status == 200)
        let app = try App(begun)
        let codes = (begun.json["recoveryCodes"]?.array ?? []).compactMap(\.string)
        #expect(codes.count == 10)
        #expect(begun.json["uri"]?.string?.contains(begun.json["secret"]?.string ?? "?") == true)
        let confirmed = try await person.post("/api/v1/auth/totp/confirm", #"{"code":"\#(app.code())"}"#)
        #expect(confirmed.status == 204)
        return (app, codes)
    }

    private func login(_ person: TestPerson, _ code: String?) async throws -> HTTPAnswer {
        let totp = code.map { #","totp":"\#($0)""# } ?? ""
        return try await person.hub.request(
            "POST", "/api/v1/auth/login",
            body: #"{"email":"\#(person.email)","password":"\#(person.password)"\#(totp)}"#,
            key: .some(nil))
    }

    @Test func `the password alone asks for a code, and with one signs in, once`() async throws {
        try await RunningHub.with { hub in
            let person = try await TestPerson.register(on: hub.address)
            let (app, _) = try await turnOn(person)
            let asked = try await login(person, nil)
            #expect(asked.status == 401)
            #expect(asked.json["error"]?.string == "second_factor_required")
            let code = app.next
            let signedIn = try await login(person, code)
            #expect(signedIn.status == 200)
            #expect(signedIn.json["user"]?["hasTotp"]?.boolean == true)
            let again = try await login(person, code)
            #expect(again.status == 401)
            #expect(again.json["error"]?.string == "invalid_credentials")
        }
    }

    @Test func `a wrong password says nothing of the second factor`() async throws {
        try await RunningHub.with { hub in
            let person = try await TestPerson.register(on: hub.address)
            let (app, _) = try await turnOn(person)
            let answer = try await hub.address.request(
                "POST", "/api/v1/auth/login",
                body: #"{"email":"\#(person.email)","password":"not-the-one-9","totp":"\#(app.next)"}"#,
                key: .some(nil))
            #expect(answer.status == 401)
            #expect(answer.json["error"]?.string == "invalid_credentials")
            #expect(try await login(person, app.next).status == 200)
        }
    }

    @Test func `the sixth guess is 429 with the time to wait`() async throws {
        try await RunningHub.with { hub in
            let person = try await TestPerson.register(on: hub.address)
            let (app, _) = try await turnOn(person)
            let right = Set((Int64(-2)...3).map { app.code($0) })
            let wrong = try #require(
                (0..<10).map { String(repeating: "\($0)", count: 6) }.first { !right.contains($0) })
            for _ in 0..<5 { #expect(try await login(person, wrong).status == 401) }
            let refused = try await login(person, app.next)
            #expect(refused.status == 429)
            #expect(refused.json["error"]?.string == "rate_limit_exceeded")
            #expect((1...30).contains(refused.json["retryAfter"]?.integer ?? 0))
            #expect(refused["Retry-After"] != nil)
        }
    }

    @Test func `a recovery code signs in once, and new ones end the old`() async throws {
        try await RunningHub.with { hub in
            let person = try await TestPerson.register(on: hub.address)
            let (_, codes) = try await turnOn(person)
            #expect(try await login(person, codes[0]).status == 200)
            #expect(try await login(person, codes[0]).status == 401)
            let path = "/api/v1/auth/totp/recovery-codes"
            // Neither alone, nor a code that was used.
            #expect(try await person.post(path, #"{"password":"\#(person.password)"}"#).status == 400)
            for (password, code) in [(person.password, codes[0]), ("wrong-one-9", codes[2])] {
                let refused = try await person.post(path, #"{"password":"\#(password)","code":"\#(code)"}"#)
                #expect(refused.status == 401 && refused.error == "invalid_credentials")
            }
            let renewed = try await person.post(
                path, #"{"password":"\#(person.password)","code":"\#(codes[2])"}"#)
            let fresh = (renewed.json["recoveryCodes"]?.array ?? []).compactMap(\.string)
            #expect(fresh.count == 10)
            #expect(try await login(person, codes[1]).status == 401)
            #expect(try await login(person, fresh[0].lowercased()).status == 200)
        }
    }

    @Test func `an administrator turns off one that was lost, which is on record and told by mail`() async throws {
        let server = try await TestMailServer.start()
        let url = server.url
        try await RunningHub.with {
            $0.mail.smtpURL = url
            $0.mail.from = "Hub <hub@example.test>"
            $0.mail.requiresTLS = false
        } _: { hub in
            var admin = hub.address
            admin.key = try await RunningHub.makeKey("admin", isAdmin: true, in: hub.keys).text
            let person = try await TestPerson.register(on: hub.address)
            let path = "/api/v1/admin/users/\(person.id)/totp"
            #expect(try await admin.request("DELETE", path).status == 409)
            _ = try await turnOn(person)
            #expect(try await hub.address.request("DELETE", path).status == 403)
            #expect(try await login(person, nil).error == "second_factor_required")
            let removal = try await ProgramRun.run(
                "hubctl", ["admin", "totp", "remove", "\(person.id)", "--yes"],
                environment: ["HUBCTL_URL": "http://127.0.0.1:\(admin.port)", "HUBCTL_KEY": admin.key ?? ""])
            #expect(removal.status == 0)
            #expect(try await login(person, nil).status == 200)
            #expect(try await hub.audit(of: person.id.description).contains("removeUserSecondFactor done"))
            #expect(
                try await admin.request("DELETE", "/api/v1/admin/users/\(DeviceID.random())/totp").status == 404)
            // The first asks to confirm the address.
            #expect(try await server.mails(2)[1]["Subject"]?.contains("second factor") == true)
        }
    }

    @Test func `turning it off takes the password and a code`() async throws {
        try await RunningHub.with { hub in
            let person = try await TestPerson.register(on: hub.address)
            let (app, _) = try await turnOn(person)
            let path = "/api/v1/auth/totp"
            let code = app.next
            #expect(try await person.delete(path, #"{"password":"wrong-one-9","code":"\#(code)"}"#).status == 401)
            #expect(try await person.delete(path, #"{"password":"\#(person.password)","code":"x"}"#).status == 401)
            #expect(
                try await person.delete(path, #"{"password":"\#(person.password)","code":"\#(code)"}"#).status == 204)
            #expect(try await login(person, nil).status == 200)
        }
    }

    @Test func `one that is on is not set up again, and one that is not is not confirmed`() async throws {
        try await RunningHub.with { hub in
            let person = try await TestPerson.register(on: hub.address)
            #expect(try await person.post("/api/v1/auth/totp/confirm", #"{"code":"123456"}"#).status == 409)
            #expect(try await person.post("/api/v1/auth/totp", #"{"password":"wrong-one-9"}"#).status == 401)
            _ = try await turnOn(person)
            #expect(
                try await person.post("/api/v1/auth/totp", #"{"password":"\#(person.password)"}"#).status == 409)
        }
    }

    @Test func `the key set checks the hub's tokens and holds nothing private`() async throws {
        try await RunningHub.with { hub in
            let person = try await TestPerson.register(on: hub.address)
            let set = try await hub.address.request("GET", "/.well-known/jwks.json", key: .some(nil))
            #expect(set.status == 200)
            let keys = try #require(set.json["keys"]?.array)
            #expect(keys.count == 1)
            #expect(keys[0]["d"] == nil)
            let header = Base64.url.decode(String(person.accessToken.prefix { $0 != "." })) ?? []
            #expect(try JSONValue(header)["kid"] == keys[0]["kid"])
        }
    }

    @Test func `a token of one hub opens the other hub of the database, and survives a restart`() async throws {
        try await RunningHub.with { hub in
            let person = try await TestPerson.register(on: hub.address)
            let other = try await hub.restarted()
            var address = other.address
            address.key = nil
            let me = try await address.request("GET", "/api/v1/auth/me", headers: person.headers, key: .some(nil))
            #expect(me.status == 200)
            await other.hub.stop()
        }
    }
}
