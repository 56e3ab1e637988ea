import Foundation
import Glibc
import HubTesting
import Wire

/// Real browsers without a screen, driven over WebDriver (W3C), which is HTTP and JSON.
final class Browsers: Sendable {
    private static let driver = "/usr/bin/chromedriver"

    /// Whether the set-up could install them.
    static let areInstalled = access(driver, X_OK) == 0

    private let run: ProgramRun
    /// The driver's.
    let address: HubAddress

    private init() throws {
        let port = try FreePort.find()
        run = try ProgramRun(installed: Browsers.driver, ["--port=\(port)", "--log-level=OFF"])
        address = HubAddress(port: port)
    }

    /// Starts a driver, runs `body`, and ends the driver with all its browsers.
    static func with<Value>(_ body: (Browsers) async throws -> Value) async throws -> Value {
        let browsers = try Browsers()
        do {
            try await Support.eventually("the driver is ready") {
                (try? await browsers.address.get("/status").status) == 200
            }
            let value = try await body(browsers)
            await browsers.end()
            return value
        } catch {
            await browsers.end()
            throw error
        }
    }

    private func end() async {
        // It ends its browsers with itself, which a signal would not.
        _ = try? await address.get("/shutdown")
        let killer = Task { [run] in
            guard (try? await Task.sleep(for: .seconds(10))) != nil else { return }
            run.signal(SIGKILL)
        }
        _ = await run.outcome()
        killer.cancel()
    }

    /// Opens a window of its own, with cookies of its own.
    func open(width: Int = 1280, height: Int = 800, touch: Bool = false, scripts: Bool = true) async throws -> Browser {
        var options: [String: Any] = [
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--window-size=\(width),\(height)", "--lang=en-GB",
            ]
        ]
        if touch {
            options["mobileEmulation"] = ["deviceMetrics": ["width": width, "height": height, "pixelRatio": 2]]
        }
        if !scripts { options["prefs"] = ["profile.managed_default_content_settings.javascript": 2] }
        let wanted: [String: Any] = [
            "capabilities": [
                "alwaysMatch": [
                    "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"],
                ]
            ]
        ]
        let answer = try await address.post("/session", try Browser.text(of: wanted))
        guard let id = answer.json["value"]?["sessionId"]?.string else { throw UnexpectedAnswer(answer: answer) }
        let browser = Browser(driver: address, session: id)
        if !touch {
            // What a window without a screen takes for its frame.
            try await browser.command(
                "Emulation.setDeviceMetricsOverride",
                ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
        }
        return browser
    }
}
