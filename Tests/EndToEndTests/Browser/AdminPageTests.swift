import Configuration
import Crypto
import Foundation
import Hub
import HubTesting
import Model
import Persistence
import Testing
import Wire

/// The administration in a real browser, with a real hub.
@Suite(.serialized, .enabled(if: Browsers.areInstalled, "chromium and chromium-driver are not installed"))
struct `The page of the administration` {
    private func open(_ browser: Browser, _ hub: HubAddress, key: String) async throws {
        try await browser.go(to: "http://127.0.0.1:\(hub.port)/admin")
        try await browser.type(key, into: "[name=key]")
        try await browser.click("form .primary")
        try await browser.expect(".figure-card")
    }

    @Test func `shows figures that move, and what there is to look through`() async throws {
        try await RunningHub.with {
            $0.fanout.tick = .zero
        } _: { hub in
            let key = try await hub.adminKey()
            let name = "<script>window.hacked=1</script>"
            let group = GroupID.fresh()
            let device = try await hub.address.register(in: group, name: name)
            try await hub.addDeadJobs(1, reason: "<img src=x onerror=window.hacked=1>")
            try await Browsers.with { browsers in
                let browser = try await browsers.open(width: 1400, height: 900)
                try await open(browser, hub.address, key: key)
                try await browser.expect("Live", in: ".pill")
                try await browser.expect("0", in: "#card-streams strong")
                try await browser.expect("up", in: "#card-database .state")

                // A device moves; the figures do too.
                let client = try await TestClient.connect(hub.address, as: device)
                let watcher = try await TestClient.connect(hub.address)
                _ = try await watcher.watch(group)
                for _ in 0..<5 { #expect(try await client.ask(.location(.sample())).isAck) }
                try await browser.expect("2", in: "#card-streams strong")
                try await browser.until(
                    "locations were counted",
                    "return /most [0-9.]*[1-9]/.test(document.querySelector('#card-locations .scale').textContent)"
                )
                for card in ["acks", "fan-out"] {
                    try await browser.until(
                        "\(card) has times", "return /[µm]?s$/.test(document.querySelector(arguments[0]).textContent)",
                        "#card-\(card) strong")
                }
                let label = try await browser.script(
                    "return document.querySelector('#card-streams svg').getAttribute('aria-label')")
                #expect(label.string == "Open streams in the last five minutes: 2 now, 0 at the least, 2 at the most")
                #expect(
                    try await browser.script(
                        "return document.querySelector('#card-streams .line').getAttribute('d').includes('L')")
                        == .boolean(true))
                try await browser.click("summary")
                try await browser.expect("Acknowledgement, p99", in: ".all-figures th")

                // The streams; one is closed after a question.
                try await browser.click("a[href='#sessions']")
                try await browser.expect(client.welcome.session.description, in: ".list code")
                try await browser.click("[aria-label='Close \(client.welcome.session)']")
                try await browser.press("Close", in: "dialog .actions")
                #expect(try await client.ended().code == 1008)
                try await browser.expect("The stream is closing.", in: ".toast")

                try await browser.click("a[href='#devices']")
                try await browser.expect(name, in: ".list td")

                try await browser.click("a[href='#jobs']")
                try await browser.expect("<img src=x onerror=window.hacked=1>", in: ".list td")
                try await browser.expect("audit_retention", in: ".list td")
                try await browser.press("Try again", in: ".list")
                try await browser.expect("No job was given up.", in: ".list-status")

                try await browser.click("a[href='#audit']")
                try await browser.expect("retryDeadJob", in: ".list td")
                try await browser.expect("closeSession", in: ".list td")
                try await browser.script(
                    """
                    const field = document.querySelector("input[type=datetime-local]");
                    field.value = "2098-01-01T00:00"; field.form.requestSubmit();
                    """)
                try await browser.expect("Nothing here.", in: ".list-status")

                try await browser.click("a[href='#keys']")
                try await browser.expect("ops", in: ".list td")

                // What devices and jobs are called stayed text, and the key stayed in memory.
                let state = try await browser.script(
                    """
                    return [window.hacked === undefined,
                      document.querySelectorAll("#admin script, #admin [src=x]").length, sessionStorage.length,
                      Object.values(localStorage).some((one) => one.includes(arguments[0])),
                      document.documentElement.outerHTML.includes(arguments[0]) || location.href.includes(arguments[0])]
                    """, key)
                #expect(
                    state
                        == .array([.boolean(true), .integer(0), .integer(0), .boolean(false), .boolean(false)]))
                try await browser.expectNoComplaints()
                await watcher.close()
            }
        }
    }

    @Test func `takes an administrator's key alone, and lets go of one that was revoked`() async throws {
        try await RunningHub.with { hub in
            let own = try await RunningHub.makeKey("ops", isAdmin: true, in: hub.keys)
            let plain = try #require(hub.address.key)
            try await Browsers.with { browsers in
                let browser = try await browsers.open()
                try await browser.go(to: "http://127.0.0.1:\(hub.address.port)/admin")
                for (key, answer) in [
                    ("pm_nobody", "does not know this key"), (plain, "no administrator's"),
                    ("schlüssel 🔑", "That is no key"),
                ] {
                    try await browser.script("document.querySelector('[name=key]').value = ''")
                    try await browser.script("document.querySelector('[name=key]').value = arguments[0]", key)
                    try await browser.click("form .primary")
                    try await browser.expect(answer, in: ".wrong")
                    #expect(
                        try await browser.script("return document.querySelectorAll('.figure-card').length")
                            == .integer(0))
                }
                try await open(browser, hub.address, key: own.text)
                _ = try await hub.keys.revoke(idOrPrefix: own.prefix, at: .now)
                try await browser.expect("The hub takes this key no more", in: ".notice")
                #expect(
                    try await browser.script("return document.querySelectorAll('.figure-card').length") == .integer(0))
                // A browser notes each 401 and 403 by itself.
                #expect(
                    try await browser.complaints().allSatisfy {
                        $0.contains("status of 401") || $0.contains("status of 403")
                    })
            }
        }
    }

    @Test func `says when the hub is away, and rests while nobody looks`() async throws {
        let first = try await RunningHub.start { _ in }
        var running = first.hub
        let port = first.address.port
        let key = try await first.adminKey()
        do {
            try await Browsers.with { browsers in
                let browser = try await browsers.open()
                try await open(browser, first.address, key: key)
                let count = """
                    return performance.getEntriesByType("resource")
                      .filter((one) => one.name.endsWith("/admin/overview")).length
                    """
                let hide = """
                    Object.defineProperty(document, "hidden", { value: arguments[0], configurable: true });
                    document.dispatchEvent(new Event("visibilitychange"));
                    """
                try await browser.script(hide, true)
                try await browser.expect("Paused", in: ".pill")
                let start = try await browser.script("return performance.now()").double ?? 0
                // One may have been under way.
                try await browser.until("a second passes", "return performance.now() > arguments[0]", start + 1_000)
                let before = try await browser.script(count)
                try await browser.until("five pass", "return performance.now() > arguments[0]", start + 6_000)
                #expect(try await browser.script(count) == before)
                try await browser.script(hide, false)
                try await browser.expect("Live", in: ".pill")

                await running.stop()
                try await browser.expect(".pill[data-state=lost]")
                try await browser.expect("These figures are of", in: ".banner")
                try await browser.expect(".overview.old")
                running = try await RunningHub.start(on: first.test.uri) { $0.server.port = port }
                try await browser.expect(".pill[data-state=live]")
                try await browser.until(
                    "the banner goes",
                    "return document.querySelector('.banner').hidden && !document.querySelector('.overview.old')"
                )
            }
        } catch {
            await running.stop()
            await first.database.close()
            throw error
        }
        await running.stop()
        await first.database.close()
        try await first.test.drop()
    }

    @Test func `fits a phone, and names everything that can be pressed`() async throws {
        try await RunningHub.with { hub in
            let device = try await hub.address.register(in: .fresh(), name: String(repeating: "W", count: 50))
            let client = try await TestClient.connect(hub.address, as: device)
            try await hub.addDeadJobs(1, reason: String(repeating: "reason", count: 40))
            let key = try await hub.adminKey()
            try await Browsers.with { browsers in
                let browser = try await browsers.open(width: 390, height: 844, touch: true)
                try await open(browser, hub.address, key: key)
                for place in ["overview", "sessions", "devices", "jobs", "audit", "keys"] {
                    try await browser.click("a[href='#\(place)']")
                    try await browser.expect("a[href='#\(place)'][aria-current=page]")
                    try await browser.until("\(place) is there", "return !document.querySelector('[aria-busy]')")
                    #expect(
                        try await browser.script("return document.documentElement.scrollWidth").double == 390,
                        "\(place)")
                    let nameless = try await browser.script(
                        """
                        const all = document.querySelectorAll("button, a, input, select, svg, img, [role=region]");
                        return [...all].filter((one) =>
                          !one.getAttribute("aria-label") && one.getAttribute("alt") === null && !one.textContent.trim()
                          && !(one.labels?.length > 0)).map((one) => one.outerHTML.slice(0, 120))
                        """)
                    #expect(nameless == .array([]), "\(place)")
                }
                try await browser.expectNoComplaints()
            }
            await client.close()
        }
    }
}
