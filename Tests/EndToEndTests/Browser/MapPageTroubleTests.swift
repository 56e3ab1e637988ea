import Configuration
import Foundation
import Hub
import HubTesting
import Model
import Persistence
import Testing
import Wire

/// The page when something is wrong, in a real browser.
@Suite(.serialized, .enabled(if: Browsers.areInstalled, "chromium and chromium-driver are not installed"))
struct `The page of the live map, in trouble` {
    /// Also a stranger who follows a link.
    @Test func `shows nobody as live while the hub is away, and goes on by itself when it is back`() async throws {
        let first = try await RunningHub.start { $0.fanout.tick = .zero }
        var running = first.hub
        let port = first.address.port
        let person = try await TestPerson.register(on: first.address, "ada")
        let circle = try await Circle.make(by: person)
        let device = try await person.register(in: circle.id)
        let pin = ".pin[data-device='\(device)']"
        let share = try await person.post("/api/v1/shares", #"{"deviceId":"\#(device)","seconds":3600}"#)
        let token = try #require(share.json["token"]?.string)
        do {
            try await Browsers.with { browsers in
                let browser = try await browsers.open()
                try await browser.signIn(person)
                let client = try await person.connect(as: device)
                try await client.ask(.location(.sample()))
                try await browser.expect("\(pin)[data-state=live]")
                try await browser.expect("Live", in: ".pill")
                let stranger = try await browsers.open()
                try await stranger.go(to: "http://127.0.0.1:\(port)/s/\(token)")
                try await stranger.expect(".pin[data-state=live]")

                await running.stop()
                try await stranger.expect(".pin[data-state=stale]")
                try await stranger.expect(".pill[data-state=waiting]")
                try await browser.expect("\(pin)[data-state=stale]")
                try await browser.expect("Connection lost", in: ".banner")
                try await browser.expect(".pill[data-state=waiting]")

                running = try await RunningHub.start(on: first.test.uri) { $0.server.port = port }
                try await browser.expect("Live", in: ".pill")
                try await browser.until("the banner goes", "return document.querySelector('.banner')?.hidden")
                let again = try await person.connect(as: device)
                try await again.ask(.location(.sample(latitude: 48.3)))
                try await browser.expect("\(pin)[data-state=live]")
                try await stranger.expect(".pin[data-state=live]")
                try await stranger.expect("Live", in: ".pill")
                await again.close()
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

    @Test func `goes on when its access token expires, and a reload needs no password`() async throws {
        try await RunningHub.with {
            $0.accounts.accessTokenLife = .seconds(2)
        } _: { hub in
            let person = try await TestPerson.register(on: hub.address, "ada")
            // On a busy machine a token may be over before it is used.
            try await Support.eventually("the group is made") {
                let access = try await person.signIn()
                return (try? await Circle.make(by: access)) != nil
            }
            try await Browsers.with { browsers in
                let browser = try await browsers.open()
                try await browser.signIn(person)
                try await browser.expect("Circle", in: ".group-name")
                let start = ContinuousClock.now
                try await Support.eventually("the token's end") { ContinuousClock.now - start > .seconds(3) }
                try await browser.click(".group-button")
                try await browser.press("New group", in: "dialog")
                try await browser.type("Second", into: "dialog input")
                try await browser.press("Create", in: "dialog")
                try await browser.expect("Second", in: ".group-name")
                // No script has the refresh token, and a fresh page goes on with it.
                let kept = try await browser.script("return document.cookie + JSON.stringify({ ...localStorage })")
                #expect(kept.string?.contains("refresh") == false)
                try await browser.go(to: "http://127.0.0.1:\(hub.address.port)/")
                try await browser.expect("Second", in: ".group-name")
                // Signed out from another client, it says so.
                try await Support.eventually("all are signed out") {
                    let other = try await person.signIn()
                    return try await other.delete("/api/v1/auth/sessions").status == 200
                }
                try await browser.expect(".card form")
            }
        }
    }

    private func activeDevices(of person: TestPerson) async throws -> Int {
        let devices = try await person.get("/api/v1/devices/mine").json["devices"]?.array ?? []
        return devices.filter { $0["active"]?.boolean == true }.count
    }

    @Test func `takes one's position off the map at sign-out, and stays signed in if that fails`() async throws {
        let hub = try await RunningHub.shared.address()
        let origin = "http://127.0.0.1:\(hub.port)"
        let person = try await TestPerson.register(on: hub, "ada")
        _ = try await Circle.make(by: person)
        try await Browsers.with { browsers in
            let browser = try await browsers.open()
            try await browser.signIn(person)
            try await browser.expect("Circle", in: ".group-name")
            try await browser.stand(48.2082, 16.3738, at: origin)
            try await browser.click(".share")
            try await browser.expect(".share.on")
            #expect(try await activeDevices(of: person) == 1)
            try await browser.script(
                """
                const real = window.fetch;
                window.fetch = (...all) => window.isAway && String(all[0]).endsWith("/auth/logout")
                  ? Promise.reject(new TypeError()) : real(...all);
                window.isAway = true;
                """)
            // A toast may lie on it.
            try await browser.script("document.querySelector('.bar-button.menu').click()")
            try await browser.press("Sign out", in: "dialog")
            try await browser.expect(".toast.bad")
            try await browser.expect(".app")
            #expect(try await activeDevices(of: person) == 0)
            try await browser.script("window.isAway = false")
            try await browser.script("document.querySelector('.bar-button.menu').click()")
            try await browser.press("Sign out", in: "dialog")
            try await browser.expect(".card form")
            // Nothing signs one back in.
            try await browser.script("dispatchEvent(new Event('online'))")
            try await browser.go(to: "\(origin)/")
            try await browser.expect(".card form")
        }
    }

    @Test func `opens links whose codes are none`() async throws {
        let hub = try await RunningHub.shared.address()
        try await Browsers.with { browsers in
            let browser = try await browsers.open()
            for path in ["join/a%20b", "s/a%20b", "join/%zz", "s/%zz", "join/%C3", "s/%C3"] {
                // Some of these are no paths, which is the hub's to say.
                let answer = try await hub.request("GET", "/\(path)", key: .some(nil))
                guard answer.status == 200 else { continue }
                try await browser.go(to: "http://127.0.0.1:\(hub.port)/\(path)")
                try await browser.expect(".card form")
            }
        }
    }

    @Test func `says so when it may not know where the device is, and shares nothing`() async throws {
        let hub = try await RunningHub.shared.address()
        let person = try await TestPerson.register(on: hub, "ada")
        try await Browsers.with { browsers in
            let browser = try await browsers.open()
            try await browser.command(
                "Browser.setPermission",
                ["permission": ["name": "geolocation"], "setting": "denied", "origin": "http://127.0.0.1:\(hub.port)"])
            try await browser.signIn(person)
            // In no group: nobody to see, and nothing to share with.
            try await browser.expect("You are in no group yet.", in: ".welcome-card")
            try await browser.click("[aria-label='Show everybody']")
            #expect(
                try await browser.script("return document.querySelectorAll('.pin, .share:not([hidden])').length")
                    == .integer(0))
            _ = try await Circle.make(by: person)
            try await browser.go(to: "http://127.0.0.1:\(hub.port)/")
            try await browser.expect("Circle", in: ".group-name")
            try await browser.click(".share")
            try await browser.expect("not allowed", in: ".toast")
            #expect(try await browser.script("return document.querySelector('.share.on') === null") == .boolean(true))
            #expect(try await person.get("/api/v1/devices/mine").json["devices"]?.array?.isEmpty == true)
        }
    }

    @Test func `shows twenty at one place apart, and two across the 180th meridian near each other`() async throws {
        let hub = try await RunningHub.shared.address()
        let person = try await TestPerson.register(on: hub, "ada")
        let crowd = try await Circle.make(by: person)
        for _ in 0..<20 {
            // Of nobody's, such as an API key's.
            let device = try await hub.register(in: crowd.id)
            _ = try await hub.post("/api/v1/locations", Uploads.one(of: device, .sample()))
        }
        let ends = try await Circle.make(by: person)
        for longitude in [179.9, -179.9] {
            let device = try await hub.register(in: ends.id)
            _ = try await hub.post(
                "/api/v1/locations", Uploads.one(of: device, .sample(latitude: -16.8, longitude: longitude)))
        }
        let empty = try await Circle.make(by: person)
        let places =
            "return [...document.querySelectorAll('.pin .avatar')].map((one) => { const box = one.getBoundingClientRect();"
            + " return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]; })"
        try await Browsers.with { browsers in
            let browser = try await browsers.open()
            try await browser.go(to: "http://127.0.0.1:\(hub.port)/")
            try await browser.script("localStorage.setItem('presence.group', arguments[0])", crowd.id.rawValue)
            try await browser.signIn(person)
            try await browser.until(
                "twenty heads, none on another",
                """
                const points = (() => { \(places) })();
                return points.length === 20 && points.every(([x, y], index) => points.slice(index + 1)
                  .every(([a, b]) => Math.hypot(x - a, y - b) > 20))
                """)
            try await browser.script("localStorage.setItem('presence.settings', '{\"units\":\"metric\"}')")
            try await browser.script("localStorage.setItem('presence.group', arguments[0])", ends.id.rawValue)
            try await browser.go(to: "http://127.0.0.1:\(hub.port)/")
            try await browser.until(
                "two heads in sight, near each other",
                """
                const points = (() => { \(places) })();
                return points.length === 2 && points.every(([x, y]) => x > 360 && x < 1280 && y > 56 && y < 800)
                  && Math.abs(points[0][0] - points[1][0]) < 920
                """)
            #expect(
                try await browser.script("return document.querySelector('.leaflet-control-scale-line').textContent")
                    .string?.contains("km") == true)
            try await browser.script("localStorage.setItem('presence.group', arguments[0])", empty.id.rawValue)
            try await browser.go(to: "http://127.0.0.1:\(hub.port)/")
            try await browser.expect("Nobody else is here yet.", in: ".people .empty")
            try await browser.expectNoComplaints()
        }
    }

    @Test func `names everything that can be pressed, and is usable from the keyboard`() async throws {
        let hub = try await RunningHub.shared.address()
        let person = try await TestPerson.register(on: hub, "ada")
        let circle = try await Circle.make(by: person)
        _ = try await person.report(of: try await person.register(in: circle.id))
        try await Browsers.with { browsers in
            let browser = try await browsers.open(width: 390, height: 844, touch: true)
            try await browser.signIn(person)
            try await browser.expect(".pin")
            let nameless = try await browser.script(
                """
                return [...document.querySelectorAll("button, input, select, textarea, [role=button], img")].filter((one) =>
                  !one.getAttribute("aria-label") && one.getAttribute("alt") === null && !one.textContent.trim()
                  && !(one.labels?.length > 0)).map((one) => one.outerHTML.slice(0, 120))
                """)
            #expect(nameless == .array([]))
            // Nothing is wider than a phone.
            let width = try await browser.script("return document.documentElement.scrollWidth")
            #expect(width.double == 390)
            try await browser.click(".foot-button:nth-child(2)")
            try await browser.expect(".person")
            #expect(
                try await browser.script("return document.querySelector('.person').offsetHeight > 44").boolean == true)
        }
    }
}
