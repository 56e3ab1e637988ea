import Foundation
import Testing
import Wire

/// A link to somebody's position, opened by a stranger in a real browser.
@Suite(.serialized, .enabled(if: Browsers.areInstalled, "chromium and chromium-driver are not installed"))
struct `The page of a shared position` {
    /// How far down a head is, in pixels of the map and not of the window.
    private static let depth =
        "return new DOMMatrix(getComputedStyle(document.querySelector('.pin-holder')).transform).m42"

    /// Makes a link with the dialog that is open, or opens it first.
    private func makeLink(_ owner: Browser) async throws -> String {
        if try await owner.script("return document.querySelector('dialog') === null") == .boolean(true) {
            // A toast may lie on it.
            try await owner.script("document.querySelector('.bar-button.menu').click()")
            try await owner.press("Share a link to my position", in: "dialog")
        }
        try await owner.script("document.querySelector('.result')?.replaceChildren()")
        try await owner.press("Make the link", in: "dialog")
        try await owner.expect(".result .copy-text")
        return try await owner.script("return document.querySelector('.copy-text').value").string ?? ""
    }

    private func expectEnd(_ stranger: Browser) async throws {
        try await stranger.expect("does not hold any more", in: ".plain")
        let left = try await stranger.script(
            "return [document.querySelectorAll('.pin, .map').length, document.body.innerText.includes('Ada'),"
                + " document.title]")
        #expect(left == .array([.integer(0), .boolean(false), .string("Presence Hub")]))
    }

    @Test func `shows a stranger how somebody moves and only that, until it is revoked or over`() async throws {
        let hub = try await RunningHub.immediate.address()
        let origin = "http://127.0.0.1:\(hub.port)"
        let ada = try await TestPerson.register(on: hub, "ada", displayName: "Ada")
        let bob = try await TestPerson.register(on: hub, "bob", displayName: "Bob")
        let circle = try await Circle.make(by: ada, with: [bob])
        _ = try await bob.report(of: try await bob.register(in: circle.id))
        try await Browsers.with { browsers in
            let owner = try await browsers.open()
            try await owner.signIn(ada)
            try await owner.expect("Circle", in: ".group-name")
            try await owner.stand(48.2082, 16.3738, at: origin)
            try await owner.click(".share")
            try await owner.expect(".share.on")
            let link = try await makeLink(owner)
            #expect(link.hasPrefix("\(origin)/s/"))
            let path = String(link.dropFirst(origin.count))
            let page = try await hub.request("GET", path, key: .some(nil))
            #expect(page.status == 200 && page["Cache-Control"] == "no-store")

            let stranger = try await browsers.open()
            try await stranger.go(to: link)
            try await stranger.expect(".pin[data-state=live]")
            try await stranger.expect("Ada shares their position", in: ".bar")
            try await stranger.expect("ends", in: ".shared-note")
            let seen = try await stranger.script("return document.body.innerText").string ?? ""
            #expect(!seen.contains("Bob") && !seen.contains("Circle"))
            #expect(try await stranger.script("return document.querySelectorAll('.pin').length") == .integer(1))
            // It asks for the one position and the base map, as nobody who has signed in.
            let asked = try await stranger.script(
                """
                return performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname)
                  .filter((path) => path.startsWith("/api/") && path !== "/api/v1/travel/outlines")
                """)
            #expect(asked.array?.allSatisfy { $0.string?.hasPrefix("/api/v1/shares/view/") == true } == true)
            #expect(try await stranger.script("return document.cookie") == .string(""))

            // A map that is dragged does not follow any more, so that the head is seen to go.
            try await stranger.drag(".map", by: 120, 90)
            let depth = try await stranger.script(`The page of a shared position`.depth).double ?? 0
            // Two steps north, the second within the second in which none is reported.
            try await owner.stand(48.2085, 16.3738, at: origin)
            try await owner.stand(48.2092, 16.3738, at: origin)
            try await stranger.until(
                "the head is 111 m north of where it was",
                "const moved = arguments[0] - (() => { \(`The page of a shared position`.depth) })();"
                    + " return moved > 30 && moved < 40", depth)
            try await stranger.expect(".pin[data-state=live]")
            try await stranger.expectNoComplaints()

            try await owner.press("Revoke", in: "dialog")
            try await owner.expect("There are none.", in: "dialog .hint")
            try await expectEnd(stranger)
            try await stranger.go(to: link)
            try await expectEnd(stranger)
            let refused = try await hub.request(
                "GET", "/api/v1/shares/view/\(path.dropFirst(3))", key: .some(nil))
            #expect(refused.status == 404)

            // The page knows by itself when the time is over, such as without a connection.
            let second = try await makeLink(owner)
            #expect(second != link)
            try await stranger.go(to: second)
            try await stranger.expect(".pin[data-state=live]")
            try await stranger.advanceClock(by: .seconds(3_601))
            try await expectEnd(stranger)
            try await owner.expectNoComplaints()
        }
    }

}
