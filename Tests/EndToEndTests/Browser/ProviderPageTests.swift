import Configuration
import HubTesting
import Testing
import Wire

/// Signing in with an account elsewhere, in a real browser.
@Suite(.serialized, .enabled(if: Browsers.areInstalled, "chromium and chromium-driver are not installed"))
struct `The page, by a provider` {
    /// What a provider sends back to somebody else's browser.
    private func grant(_ desk: ProviderDesk, _ back: String) async throws -> (code: String, state: String) {
        let answer = try await ProviderDesk.post(desk.hub, "begin", ["redirectUri": back])
        guard let url = answer.json["authorizationUrl"]?.string,
            let grant = desk.provider.authorize(url, as: .init("eve", email: "eve@example.org", name: "Eve"))
        else { throw UnexpectedAnswer(answer: answer) }
        return grant
    }

    @Test func `signs somebody in who was sent by it, and nobody else`() async throws {
        let port = try FreePort.find()
        let origin = "http://127.0.0.1:\(port)"
        let back = "\(origin)/sign-in/callback"
        try await ProviderDesk.with(redirect: back) {
            $0.server.port = port
        } _: { desk in
            try await Browsers.with { browsers in
                let browser = try await browsers.open()
                // Somebody who does not consent is told so, and can go on.
                try await browser.go(to: "\(origin)/")
                try await browser.press("Sign in with Test")
                try await browser.expect("did not lead to a sign-in", in: ".notice")
                #expect(try await browser.script("return location.pathname + location.search") == .string("/"))

                desk.provider.setVisitor(.init("ann", email: "ann@example.org", name: "Ann"))
                try await browser.press("Sign in with Test")
                try await browser.expect("You are in no group yet.", in: ".welcome-card")
                // Neither what came back nor a token is in the address, or where scripts can read it.
                #expect(try await browser.script("return location.href") == .string("\(origin)/"))
                let kept = try await browser.script(
                    "return document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })")
                #expect(kept.string?.contains("refresh") == false && kept.string?.contains("state") == false)
                // The cookie signs in again.
                try await browser.go(to: "\(origin)/")
                try await browser.expect(".welcome-card")
                // What another began, such as somebody who wants to see what is typed into their account, signs nobody in,
                // and nobody out.
                let other = try await grant(desk, back)
                try await browser.go(to: "\(back)?code=\(other.code)&state=\(other.state)")
                try await browser.expect(".welcome-card")
                try await browser.script("document.querySelector('.bar-button.menu').click()")
                try await browser.expect("Ann", in: "dialog .me")
                let complaints = try await browser.complaints()
                #expect(complaints == [])
                try await browser.press("Sign out", in: "dialog")
                try await browser.expect(".card form")
                // The browser writes down what was under way and is cut off; a breach of the policy is none of that.
                let breaches = try await browser.complaints().filter { $0.contains("Content Security Policy") }
                #expect(breaches == [])

                try await browser.script(
                    "sessionStorage.setItem('presence.provider', JSON.stringify({ name: 'test', state: 'of mine' }))")
                try await browser.go(to: "\(back)?code=\(other.code)&state=\(other.state)")
                try await browser.expect("did not lead to a sign-in", in: ".notice")
                #expect(try await browser.script("return document.querySelector('.app')") == .null)
            }
        }
    }
}
