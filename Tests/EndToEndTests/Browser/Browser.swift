import Crypto
import Foundation
import Testing
import Wire

/// One window, as somebody uses it.
struct Browser: Sendable {
    let driver: HubAddress
    let session: String

    static func text(of value: Any) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed), as: UTF8.self)
    }

    @discardableResult
    private func ask(_ path: String, _ body: [String: Any]? = nil) async throws -> JSONValue {
        let answer = try await driver.request(
            body == nil ? "GET" : "POST", "/session/\(session)\(path)", body: try body.map { try Browser.text(of: $0) })
        guard answer.status == 200, let value = answer.json["value"] else { throw UnexpectedAnswer(answer: answer) }
        return value
    }

    // MARK: Looking

    func go(to url: String) async throws { try await ask("/url", ["url": url]) }

    /// What a script returns.
    @discardableResult
    func script(_ code: String, _ arguments: Any...) async throws -> JSONValue {
        try await ask("/execute/sync", ["script": code, "args": arguments])
    }

    /// Waits until a script returns something that is true, and returns that.
    @discardableResult
    func until(_ what: String, _ code: String, _ arguments: Any...) async throws -> JSONValue {
        var last = JSONValue.null
        do {
            try await Support.eventually(what) {
                last = try await ask("/execute/sync", ["script": code, "args": arguments])
                return last != .null && last != .boolean(false) && last != .integer(0) && last != .string("")
            }
        } catch is Overdue {
            let page = try await script("return document.body.innerText.slice(0, 600)").string ?? ""
            throw Unexpected(what: "not in time: \(what); the page says: \(page)")
        }
        return last
    }

    /// Waits for an element that a selector finds.
    func expect(_ selector: String) async throws {
        try await until(selector, "return document.querySelector(arguments[0]) !== null", selector)
    }

    /// The text of an element.
    func text(_ selector: String) async throws -> String {
        try await expect(selector)
        return try await script("return document.querySelector(arguments[0])?.textContent", selector).string ?? ""
    }

    /// Waits until an element's text holds another.
    func expect(_ text: String, in selector: String) async throws {
        try await until(
            "\(text) in \(selector)",
            "return [...document.querySelectorAll(arguments[0])].some((one) => one.textContent.includes(arguments[1]))",
            selector, text)
    }

    // MARK: Doing

    private func element(_ selector: String) async throws -> String {
        try await expect(selector)
        let found = try await ask("/element", ["using": "css selector", "value": selector])
        guard case .object(let members) = found, let id = members.first?.value.string else {
            throw Unexpected(what: "no element \(selector)")
        }
        return id
    }

    /// Does something with an element, once it can be: it comes, is drawn anew and is uncovered as the page goes on.
    private func act(on selector: String, _ action: String, _ body: [String: Any]) async throws {
        let passing = ["element not interactable", "stale element reference", "element click intercepted"]
        try await Support.eventually("\(selector) can be used") {
            let path = "/session/\(session)/element/\(try await element(selector))/\(action)"
            let answer = try await driver.request("POST", path, body: try Browser.text(of: body))
            if answer.status == 200 { return true }
            guard let error = answer.json["value"]?["error"]?.string, passing.contains(error) else {
                throw UnexpectedAnswer(answer: answer)
            }
            return false
        }
    }

    func click(_ selector: String) async throws { try await act(on: selector, "click", [:]) }

    /// Presses the button with a text, wherever it is.
    func press(_ text: String, in scope: String = "body") async throws {
        let find =
            "return [...document.querySelectorAll(arguments[1] + ' button')].find("
            + "(one) => !one.disabled && one.textContent.trim() === arguments[0])"
        try await until("a button \(text)", "\(find) !== undefined", text, scope)
        try await script("(() => { \(find) })().click()", text, scope)
    }

    func type(_ text: String, into selector: String) async throws {
        try await act(on: selector, "value", ["text": text])
    }

    /// Takes hold of an element, left of its middle, and moves it so many pixels right and down, as a hand does.
    func drag(_ selector: String, by right: Int, _ down: Int) async throws {
        let held: [String: Any] = ["element-6066-11e4-a52e-4f735466cecf": try await element(selector)]
        let steps: [[String: Any]] = [
            ["type": "pointerMove", "duration": 0, "origin": held, "x": -200, "y": 0],
            ["type": "pointerDown", "button": 0],
            ["type": "pointerMove", "duration": 60, "origin": "pointer", "x": right, "y": down],
            ["type": "pointerUp", "button": 0],
        ]
        let mouse: [String: Any] = [
            "type": "pointer", "id": "mouse", "parameters": ["pointerType": "mouse"], "actions": steps,
        ]
        try await ask("/actions", ["actions": [mouse]])
    }

    /// Lets the page believe that so much time has passed; its timers go on as they did.
    func advanceClock(by time: Duration) async throws {
        try await script(
            "const ahead = arguments[0]; const now = Date.now.bind(Date); Date.now = () => now() + ahead;",
            Int(time / .milliseconds(1)))
    }

    /// A command of the browser's own protocol.
    @discardableResult
    func command(_ name: String, _ parameters: [String: Any] = [:]) async throws -> JSONValue {
        try await ask("/goog/cdp/execute", ["cmd": name, "params": parameters])
    }

    /// Lets pages know where the device is.
    func stand(_ latitude: Double, _ longitude: Double, at origin: String) async throws {
        try await command("Browser.grantPermissions", ["origin": origin, "permissions": ["geolocation"]])
        try await command(
            "Emulation.setGeolocationOverride", ["latitude": latitude, "longitude": longitude, "accuracy": 12])
    }

    /// What the page has complained of since this was asked last, such as a breach of its policy.
    func complaints() async throws -> [String] {
        try await ask("/se/log", ["type": "browser"]).array?.compactMap { $0["message"]?.string } ?? []
    }

    /// Says what the page complained of, if it did.
    func expectNoComplaints(_ location: SourceLocation = #_sourceLocation) async throws {
        let complaints = try await complaints()
        #expect(complaints == [], sourceLocation: location)
    }

    /// What is seen now, as PNG.
    func picture() async throws -> Data {
        guard let text = try await ask("/screenshot").string, let data = Data(base64Encoded: text) else {
            throw Unexpected(what: "no picture")
        }
        return data
    }
}

extension Browser {
    /// Makes an account by the page's own form.
    func register(_ name: String, username: String) async throws {
        try await press("Create account")
        try await type(name, into: "[name=name]")
        try await type(username, into: "[name=username]")
        try await type("\(username)@example.org", into: "[name=email]")
        try await type(TestPerson.password, into: "[name=password]")
        try await click("form .primary")
        try await expect(".app")
    }

    /// Signs somebody in by the page's form.
    func signIn(_ person: TestPerson) async throws {
        try await go(to: "http://127.0.0.1:\(person.hub.port)/")
        try await type(person.email, into: "[name=username]")
        try await type(person.password, into: "[name=password]")
        try await click("form .primary")
        try await expect(".app")
    }
}
