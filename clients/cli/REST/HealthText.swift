import Foundation
import TerminalText

/// The hub's health page in one line.
enum HealthText {
    private struct Page: Codable {
        struct Database: Codable {
            enum CodingKeys: String, CodingKey {
                case connected
                case latency = "latency_ms"
                case latencyMs
            }

            var connected: Bool?
            var latency: Double?
            var latencyMs: Double?
        }

        var status: String?
        var version: String?
        var database: Database?
    }

    static func line(_ body: [UInt8], url: HubURL) -> String {
        guard let page = try? JSONDecoder().decode(Page.self, from: Data(body)) else {
            return "\(url.http) answers, but not as a hub does"
        }
        var parts = ["\(url.http) is \(PlainText.line(page.status ?? "there"))"]
        if let version = page.version { parts.append("version \(PlainText.line(version))") }
        if let database = page.database {
            let latency = (database.latency ?? database.latencyMs).map { " in \(Quantity.decimal($0, 1)) ms" } ?? ""
            parts.append(database.connected == true ? "database answers\(latency)" : "database does not answer")
        }
        return parts.joined(separator: ", ")
    }
}
