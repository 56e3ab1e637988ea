import Foundation
import Testing
import Wire

/// The pages that show the API's documents.
@Suite(.timeLimit(.minutes(2)))
struct DocsTests {
    static let hasSwaggerUI = FileManager.default.fileExists(
        atPath: "/usr/local/share/presence-hub/swagger-ui/swagger-ui-bundle.js")

    /// What a page loads, as it names it.
    private func files(of page: String) -> [String] {
        page.matches(of: /(?:href|src)="(\/docs\/[0-9a-f]+\/[^"]+)"/).map { String($0.output.1) }
    }

    @Test(.enabled(if: hasSwaggerUI), arguments: ["/docs", "/docs/stream"])
    func `a page loads files of the hub alone, and runs nothing that stands in it`(path: String) async throws {
        let hub = try await RunningHub.shared.address()
        let page = try await hub.request("GET", path, key: .some(nil))
        #expect(page.status == 200 && page["Content-Type"]?.hasPrefix("text/html") == true)
        let policy = try #require(page["Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
        #expect(!policy.contains("unsafe"))
        #expect(!page.text.contains("<style") && !page.text.contains("style=") && !page.text.contains("onclick"))
        #expect(page.text.matches(of: /<script(?![^>]*src=)/).isEmpty)
        #expect(page.text.matches(of: /https?:\/\//).isEmpty)
        let files = files(of: page.text)
        #expect(files.count >= 3)
        for file in files {
            let answer = try await hub.request("GET", file, key: .some(nil))
            #expect(answer.status == 200, "\(file)")
            #expect(answer["Cache-Control"]?.contains("immutable") == true)
            let tag = try #require(answer["ETag"])
            let again = try await hub.request("GET", file, headers: [("If-None-Match", tag)], key: .some(nil))
            #expect(again.status == 304)
        }
    }

    @Test func `the stream's page has the document as it is in the repository`() async throws {
        let hub = try await RunningHub.shared.address()
        let page = try await hub.request("GET", "/docs/stream", key: .some(nil))
        let folder = try #require(files(of: page.text).first).split(separator: "/").prefix(2).joined(separator: "/")
        let answer = try await hub.request("GET", "/\(folder)/asyncapi.json", key: .some(nil))
        #expect(answer.json["asyncapi"]?.string == "3.0.0")
        #expect(answer.json["components"]?["messages"]?["achievement"] != nil)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let check = try await ProgramRun.run(
            system: "python3", [root.appending(path: "scripts/asyncapi-json.py").path, "--check"])
        #expect(check.status == 0, "\(check.errors)")
    }

    @Test func `a file that is none is not found`() async throws {
        let hub = try await RunningHub.shared.address()
        for path in ["/docs/x/../../etc/passwd", "/docs/0/none.js", "/docs/0/..%2f..%2fhubd", "/docs/other"] {
            #expect([400, 404].contains(try await hub.request("GET", path, key: .some(nil)).status), "\(path)")
        }
    }
}
