import Foundation
import Model
import Testing
import Wire

/// The documents of the API in a real browser.
@Suite(
    .serialized, .enabled(if: Browsers.areInstalled, "chromium and chromium-driver are not installed"),
    .enabled(if: DocsTests.hasSwaggerUI, "Swagger UI is not installed"))
struct `The pages of the documents` {
    /// Opens a route of the list, as a press on it does, and waits for what can be done with it.
    private func open(_ operation: String, _ browser: Browser) async throws {
        try await browser.click("\(operation) .opblock-summary-control")
        try await browser.expect("\(operation) .btn.execute")
        try await browser.until(
            "all of \(operation)",
            "return document.querySelector(arguments[0] + ' .opblock-loading-animation') === null", operation)
    }

    /// Calls an open route of the list, and waits for the answer's status.
    private func execute(_ operation: String, _ browser: Browser) async throws -> String {
        // A press while the page still reads what the route refers to is lost.
        try await browser.until(
            "an answer to \(operation)",
            """
            const find = (selector) => document.querySelector(arguments[0] + selector);
            const isAnswered = find(" .live-responses-table .response .response-col_status") !== null;
            if (!isAnswered && find(" .loading-container") === null) find(" .btn.execute")?.click();
            return isAnswered;
            """, operation)
        return try await browser.text("\(operation) .live-responses-table .response")
    }

    /// How many routes there are by their tags.
    private func routes(of document: JSONValue) -> [String: Int] {
        guard case .object(let paths)? = document["paths"] else { return [:] }
        return paths.reduce(into: [:]) { routes, path in
            guard case .object(let methods) = path.value else { return }
            for method in methods {
                guard let tag = method.value["tags"]?.array?.first?.string else { continue }
                routes[tag, default: 0] += 1
            }
        }
    }

    @Test func `list every route, and call them with the key that is typed in`() async throws {
        let hub = try await RunningHub.shared.address()
        let document = try await hub.request("GET", "/api/v1/openapi.json", key: .some(nil)).json
        let routes = routes(of: document)
        #expect(routes.count > 15)
        let group = GroupID.fresh("docs")
        try await hub.register(in: group, name: "Seen in docs")
        try await Browsers.with { browsers in
            let browser = try await browsers.open()
            try await browser.go(to: "http://127.0.0.1:\(hub.port)/docs")
            try await browser.expect(".opblock-tag")
            // One part at a time: of many routes only those in sight are elements.
            for (tag, count) in routes {
                let heading = "[id='operations-tag-\(tag.replacing(" ", with: "_"))']"
                try await browser.expect("\(heading)[data-is-open=false]")
                try await browser.script("document.querySelector(arguments[0]).click()", heading)
                try await browser.until(
                    "\(count) routes of \(tag)", "return document.querySelectorAll('.opblock').length === arguments[0]",
                    count)
                try await browser.script("document.querySelector(arguments[0]).click()", heading)
                try await browser.expect("\(heading)[data-is-open=false]")
            }

            try await browser.click("[id='operations-tag-Health']")
            let health = "[id='operations-Health-getLiveness']"
            try await open(health, browser)
            let alive = try await execute(health, browser)
            #expect(alive.contains("200") && alive.contains("alive"))

            try await browser.click("[id='operations-tag-Devices']")
            let devices = "[id='operations-Devices-listDevices']"
            try await open(devices, browser)
            try await browser.type("\u{E009}a\u{E000}\(group)", into: "\(devices) tr[data-param-name=groupId] input")
            #expect(try await execute(devices, browser).contains("401"))
            // From under the bar that stays.
            try await browser.script("scrollTo(0, 0)")
            try await browser.click(".auth-wrapper .btn.authorize")
            try await browser.type(hub.key ?? "", into: ".auth-container input")
            try await browser.click(".auth-container .btn.authorize")
            try await browser.click(".auth-container .btn-done, .modal-ux .close-modal")
            try await browser.click("\(devices) .btn.execute")
            try await browser.expect("Seen in docs", in: "\(devices) .live-responses-table .response")
            // The refusal is written down by the browser; a breach of the policy would be too.
            #expect(try await browser.complaints().filter { !$0.contains("401") } == [])

            try await browser.go(to: "http://127.0.0.1:\(hub.port)/docs/stream")
            try await browser.expect("#stream[data-ready=true]")
            try await browser.expect("location", in: ".message h3")
            try await browser.expectNoComplaints()
        }
    }
}
