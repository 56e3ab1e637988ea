import Configuration
import Foundation
import Model
import Testing
import Wire

/// What serves the page, and what keeps it safe.
@Suite struct `The page's files and cookies` {
    @Test func `come with a policy that runs nothing inline, and a sentence for who has no scripts`() async throws {
        let hub = try await RunningHub.shared.address()
        let paths = [
            "/", "/join/ABCD-EFGH-JKMN", "/sign-in/callback", "/reset-password", "/verify-email", "/admin",
        ]
        var compared = 0
        for path in paths {
            let page = try await hub.request("GET", path, key: .some(nil))
            #expect(page.status == 200)
            #expect(page["Content-Type"] == "text/html; charset=utf-8")
            let policy = try #require(page["Content-Security-Policy"])
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
            #expect(page["X-Content-Type-Options"] == "nosniff")
            #expect(page["Cross-Origin-Opener-Policy"] == "same-origin")
            #expect(page["Referrer-Policy"] == "no-referrer")
            #expect(page.text.contains("needs JavaScript"))
            #expect(!page.text.contains("{{"))
            #expect(!page.text.contains("style="))
            // Every file that it names is there, and may be kept.
            for file in page.text.matches(of: /(?:src|href)="([^"]+)"/).map({ String($0.output.1) }) {
                let answer = try await hub.request("GET", file, key: .some(nil))
                #expect(answer.status == 200, "\(file)")
                #expect(answer["Cache-Control"]?.contains("immutable") == true)
                let source = URL(filePath: TestFiles.package).appending(
                    path: "Sources/Features/Web/Assets/\(file.split(separator: "/").last ?? "")")
                if let text = try? Data(contentsOf: source) {
                    #expect(answer.body == Array(text), "\(file)")
                    compared += 1
                }
            }
        }
        #expect(compared > 0)
    }

    @Test func `are of what the configuration says, escaped`() async throws {
        try await RunningHub.with {
            $0.web.tilesURL = "https://tile.example.org/{z}/{x}/{y}.png?a=1&b=2"
            $0.web.tilesAttribution = #"Tiles "<b>us</b>""#
        } _: { hub in
            let page = try await hub.address.request("GET", "/", key: .some(nil))
            #expect(page["Content-Security-Policy"]?.contains("img-src 'self' data: https://tile.example.org;") == true)
            #expect(page.fields.last { $0.name == "Referrer-Policy" }?.value == "strict-origin")
            #expect(page.text.contains("data-attribution=\"Tiles &quot;&lt;b&gt;us&lt;/b&gt;&quot;\""))
            #expect(page.text.contains("{z}/{x}/{y}.png?a=1&amp;b=2"))
        }
        try await RunningHub.with {
            $0.web.servesPage = false
        } _: { hub in
            let page = try await hub.address.request("GET", "/", key: .some(nil))
            #expect(page.status == 404)
        }
    }

    @Test func `have no borders to draw before a map was imported`() async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await hub.request("GET", "/api/v1/travel/outlines", key: .some(nil))
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
    }

    private static let login = #"{"email":"%","password":"\#(TestPerson.password)"}"#

    @Test func `keep the refresh token from scripts and from other sites`() async throws {
        let hub = try await RunningHub.shared.address()
        let person = try await TestPerson.register(on: hub, "ada")
        let body = `The page's files and cookies`.login.replacing("%", with: person.email)
        let own = "http://127.0.0.1:\(hub.port)"
        func ask(_ path: String, _ body: String, _ fields: [(String, String)]) async throws -> HTTPAnswer {
            try await hub.request("POST", "/api/v1/auth/\(path)", body: body, headers: fields, key: .some(nil))
        }
        let marked = ("X-Refresh-Cookie", "1")
        let answer = try await ask("login", body, [marked, ("Origin", own)])
        #expect(answer.status == 200)
        #expect(answer.json["refreshToken"] == nil)
        let cookie = try #require(answer["Set-Cookie"])
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"] { #expect(cookie.contains(attribute)) }
        // Plain HTTP on the same machine: a browser would not keep one that is for TLS alone.
        #expect(!cookie.contains("Secure"))
        let pair = ("Cookie", "other=1; \(cookie.prefix { $0 != ";" })")

        // Another site's page, an old browser that names no origin, one that says where the request comes from.
        for fields in [
            [marked, ("Origin", "https://evil.example"), pair], [marked, pair], [marked, ("Origin", "null"), pair],
            [marked, ("Origin", own), ("Sec-Fetch-Site", "same-site"), pair],
        ] {
            #expect(try await ask("refresh", "{}", fields).status == 403)
            #expect(try await ask("logout", "{}", fields).status == 403)
        }
        // Without the field the cookie is nothing.
        #expect(try await ask("refresh", "{}", [("Origin", own), pair]).status == 400)

        let renewed = try await ask("refresh", "{}", [marked, ("Origin", own), pair])
        #expect(renewed.status == 200)
        #expect(renewed.json["accessToken"]?.string != nil)
        let next = try #require(renewed["Set-Cookie"])
        #expect(next.prefix { $0 != ";" } != cookie.prefix { $0 != ";" })
        let newest = ("Cookie", String(next.prefix { $0 != ";" }))
        let out = try await ask("logout", "{}", [marked, ("Origin", own), newest])
        #expect(out.status == 204)
        #expect(out["Set-Cookie"]?.contains("Max-Age=0") == true)
        let refused = try await ask("refresh", "{}", [marked, ("Origin", own), newest])
        #expect(refused.status == 401)
        #expect(refused["Set-Cookie"]?.contains("Max-Age=0") == true)
    }

    @Test func `are for TLS alone behind a proxy that speaks it`() async throws {
        try await RunningHub.with {
            $0.server.trustedProxies = ["127.0.0.1"]
            $0.server.publicURL = "https://hub.example/somewhere"
        } _: { hub in
            let person = try await TestPerson.register(on: hub.address, "ada")
            let answer = try await hub.address.request(
                "POST", "/api/v1/auth/login",
                body: `The page's files and cookies`.login.replacing("%", with: person.email),
                headers: [
                    ("X-Refresh-Cookie", "1"), ("Origin", "https://hub.example"), ("X-Forwarded-Proto", "https"),
                ], key: .some(nil))
            #expect(answer.status == 200)
            #expect(answer["Set-Cookie"]?.hasPrefix("__Secure-presence-refresh=") == true)
            #expect(answer["Set-Cookie"]?.contains("; Secure") == true)
        }
    }

    @Test func `show of the past what was since one joined, and of groups one is in`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ada, bob) = (try await TestPerson.register(on: hub, "ada"), try await TestPerson.register(on: hub, "bob"))
        let circle = try await Circle.make(by: ada)
        let device = try await ada.register(in: circle.id)
        // Before the group was made: stored, and nobody's business.
        _ = try await ada.report(.sample(at: .now.advanced(by: .seconds(-600)), latitude: 40), of: device)
        _ = try await ada.report(.sample(latitude: 41), of: device)
        try await circle.admit(bob)
        _ = try await ada.report(.sample(latitude: 42), of: device)
        let span = "from=\(Timestamp.now.milliseconds - 3_600_000)&to=\(Timestamp.now.milliseconds + 1000)"
        func latitudes(_ person: TestPerson) async throws -> [Double] {
            let answer = try await person.get("\(circle.path)/trails?\(span)")
            guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
            return answer.json["devices"]?.array?.first?["locations"]?.array?.compactMap { $0["latitude"]?.double }
                ?? []
        }
        #expect(try await latitudes(ada).last == 42)
        #expect(try await latitudes(ada).contains(40) == false)
        #expect(try await latitudes(bob) == [42])
        let stranger = try await TestPerson.register(on: hub, "eve")
        #expect(try await stranger.get("\(circle.path)/trails?\(span)").status == 404)
        #expect(try await ada.get("\(circle.path)/trails?from=0&to=1").status == 200)
        #expect(try await ada.get("\(circle.path)/trails?from=5&to=5").status == 400)
        #expect(try await ada.get("\(circle.path)/trails?from=0&to=86400001").wrongFields == ["to"])
        #expect(try await ada.get("\(circle.path)/trails").wrongFields == ["from", "to"])
    }
}
