import Foundation
import HTTP
import Model
import Testing

@testable import hubctl

/// Whole commands, as a person types them.
@Suite struct `A command` {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hubctl-\(UUID().uuidString)")

    private func run(_ words: [String], _ environment: [String: String] = [:]) async -> ExitCode {
        await CommandTable.run(words, environment: ["XDG_CONFIG_HOME": folder.path].merging(environment) { $1 })
    }

    @Test(arguments: [
        ([], ExitCode.usage), (["fly"], .usage), (["stream"], .usage), (["stream", "--group", "g1"], .usage),
        (["stream", "--group", "g 1", "--track", "x"], .usage), (["watch"], .usage), (["deactivate", "x"], .usage),
        (["simulate"], .usage), (["devices", "--group", "g1", "--url", "ftp://x"], .usage),
        (["bench", "--rate", "1", "--window", "1", "--key", "k"], .usage),
        (["watch", "g1", "--packed", "--deflate", "--key", "k"], .usage),
        (["stream", "--group", "g1", "--track", "x", "--speed", "0.1x"], .usage),
        (["stream", "--group", "g1", "--track", "a/x.csv", "b/x.csv", "--key", "k"], .usage),
        (["devices", "--group", "g1"], .refused), (["watch", "g1"], .refused),
        (["stream", "--group", "g1", "--track", "/no/such.csv", "--key", "k"], .badData),
        (["simulate", "--group", "g1", "--tracks", "/no/such", "--key", "k"], .badData),
        (["devices", "--group", "g1", "--key", "k", "--url", "http://127.0.0.1:9"], .unreachable),
        (["health", "--url", "http://127.0.0.1:9"], .unreachable), (["--version"], .ok), (["profiles"], .ok),
        (["logout"], .usage),
    ])
    func `ends with the code that says what is wrong`(words: [String], code: ExitCode) async {
        #expect(await run(words) == code)
    }

    @Test func `logs in with a key the hub takes, lists, and logs out`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (hub, url) = try await ScriptedHub.start()
        await hub.on { hub in
            hub.answer = { request in
                if request.path == "/api/health" { return .json(Array(#"{"status":"healthy"}"#.utf8)) }
                guard request.headers["X-API-Key"] == "good" else { return .text("", status: .unauthorized) }
                return request.path == "/api/v1/devices" ? .json(Array(#"{"devices":[]}"#.utf8)) : nil
            }
        }
        #expect(await run(["login", "--url", url.http], ["HUBCTL_KEY": "bad"]) == .refused)
        #expect(await run(["devices", "--group", "g1"]) == .refused)
        #expect(await run(["login", "--url", url.http], ["HUBCTL_KEY": "good"]) == .ok)
        #expect(await run(["devices", "--group", "g1"]) == .ok)
        #expect(await run(["devices", "--group", "g1", "--json"]) == .ok)
        #expect(await run(["health"]) == .ok)
        #expect(await run(["register", "--group", "g1", "--name", "Ada"]) == .ok)
        #expect(await hub.on(\.registered.count) == 1)
        #expect(await run(["logout"]) == .ok)
        #expect(await run(["devices", "--group", "g1", "--url", url.http]) == .refused)
        await hub.stop()
    }

    @Test func `streams files, and writes what was acknowledged`() async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (hub, url) = try await ScriptedHub.start()
        var paths: [String] = []
        for name in ["a.csv", "b.csv"] {
            let lines = (0..<120).map { "\(1_700_000_000 + $0),48.\(name == "a.csv" ? 1 : 2),17.\(100 + $0)" }
            let path = folder.appendingPathComponent(name).path
            try Data((["time,lat,lon"] + lines).joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
            paths.append(path)
        }
        let report = folder.appendingPathComponent("report").path
        let code = await run(
            ["stream", "--group", "g1", "--speed", "100x", "--quiet", "--report", report, "--track"] + paths,
            ["HUBCTL_URL": url.http, "HUBCTL_KEY": "k"])
        #expect(code == .ok)
        let stored = await hub.on(\.stored)
        #expect(stored.values.map(\.count) == [120, 120])
        let lines = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        for line in lines {
            #expect(!line.contains("48.") && !line.contains("17."))
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let id = try #require((object["deviceId"] as? String).flatMap { DeviceID($0) })
            #expect(object["acked"] as? [Int64] == stored[id]?.map(\.capturedAt.milliseconds))
        }
        await hub.stop()
    }

    @Test func `demo moves people and ends in order`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        let code = await run(
            ["demo", "--devices", "4", "--speed", "50x", "--for", "500ms", "--quiet"],
            ["HUBCTL_URL": url.http, "HUBCTL_KEY": "k"])
        #expect(code == .ok)
        #expect(await hub.on(\.stored.count) == 4)
        #expect(await hub.on(\.registered.count) == 4)
        await hub.stop()
    }
}
