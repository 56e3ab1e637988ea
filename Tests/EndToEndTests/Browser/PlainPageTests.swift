import Testing
import Wire

/// What people see of the hub's pages who have turned scripts off.
@Suite(.serialized, .enabled(if: Browsers.areInstalled, "chromium and chromium-driver are not installed"))
struct `The pages without scripts` {
    private static let sentences = [
        ("/", "It needs JavaScript, which is turned off"),
        ("/join/ABCD-EFGH-JKMN", "It needs JavaScript, which is turned off"),
        ("/s/\(String(repeating: "A", count: 43))", "It needs JavaScript, which is turned off"),
        ("/admin", "needs JavaScript, which is turned off"),
        ("/docs", "The document itself is at /api/v1/openapi.json"),
        ("/docs/stream", "The document itself is at asyncapi.json"),
    ]

    @Test func `are a plain sentence each`() async throws {
        let hub = try await RunningHub.shared.address()
        try await Browsers.with { browsers in
            let browser = try await browsers.open(scripts: false)
            for (path, sentence) in `The pages without scripts`.sentences {
                try await browser.go(to: "http://127.0.0.1:\(hub.port)\(path)")
                // An element at all only where scripts are off, and seen.
                try await browser.expect("noscript p")
                let shown = try await browser.script("return document.querySelector('noscript p').innerText")
                let text = shown.string?.split(whereSeparator: \.isWhitespace).joined(separator: " ") ?? ""
                #expect(text.contains(sentence), "\(path)")
                let height = try await browser.script("return document.querySelector('noscript p').offsetHeight")
                #expect((height.double ?? 0) > 10)
                #expect(
                    try await browser.script("return document.querySelectorAll('form, .app, .opblock-tag').length")
                        == .integer(0))
            }
        }
    }
}
