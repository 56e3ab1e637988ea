import Foundation
import HTTP
import Model
import TerminalText
import Testing

@testable import hubctl

@Suite struct `An admin command` {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hubctl-\(UUID().uuidString)")

    private func run(_ words: [String], _ url: String) async -> ExitCode {
        await CommandTable.run(
            ["admin"] + words + ["--url", url, "--key", "k"], environment: ["XDG_CONFIG_HOME": folder.path])
    }

    @Test(arguments: [
        [], ["fly"], ["devices", "purge"], ["devices", "purge", "--older-than-days", "0", "--yes"],
        ["devices", "purge", "--older-than-days", "-1", "--yes"],
        ["devices", "purge", "--older-than-days", "x", "--yes"],
        ["devices", "reactivate"], ["devices", "reactivate", "x"], ["devices", "--active", "--inactive"],
        ["erase", "x", "--yes"], ["export", SomeDevice.id, "--format", "xls"], ["audit", "--from", "yesterday"],
        ["sessions", "close", "x"], ["top", "--sort", "colour"], ["top", "--interval", "1ms"],
        ["keys", "--limit", "0"],
    ])
    func `that makes no sense asks the hub for nothing`(words: [String]) async {
        #expect(await run(words, "http://127.0.0.1:9") == .usage)
    }

    @Test func `purges until the hub says that it is done`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        let calls = Calls()
        await hub.on { hub in
            hub.answer = { request in
                calls.note(request)
                let isComplete = calls.count == 3
                return .json(Array(#"{"affected":200,"locations":5,"isComplete":\#(isComplete)}"#.utf8))
            }
        }
        #expect(await run(["devices", "purge", "--older-than-days", "30", "--yes"], url.http) == .ok)
        #expect(calls.lines == Array(repeating: "DELETE /api/v1/admin/devices/inactive?olderThanDays=30", count: 3))
        await hub.stop()
    }

    @Test func `asks the hub for what it says`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        let calls = Calls()
        await hub.on { hub in
            hub.answer = { request in
                calls.note(request)
                return request.method == .delete ? HTTPResponse(.noContent) : .json(Array("{}".utf8))
            }
        }
        let id = SomeDevice.id
        let expected: [([String], String)] = [
            (
                ["devices", "--group", "g1", "--inactive"],
                "GET /api/v1/admin/devices?groupId=g1&active=false&limit=100"
            ),
            (["devices", "reactivate", id], "POST /api/v1/admin/devices/\(id)/reactivate"),
            (["keys", "--limit", "7"], "GET /api/v1/admin/keys?limit=7"),
            (["audit", "--from", "1970-01-01T00:00:01Z"], "GET /api/v1/admin/audit?from=1000&limit=100"),
            (["sessions"], "GET /api/v1/admin/sessions?limit=100"),
            (["sessions", "close", id], "DELETE /api/v1/admin/sessions/\(id)"),
            (
                ["top", "--once", "--sort", "bytesOut", "--limit", "3"],
                "GET /api/v1/admin/sessions?sort=bytesOut&limit=3"
            ),
            (["top", "--once", "--json"], "GET /api/v1/admin/sessions?sort=queued&limit=1000"),
            (["erase", id, "--yes"], "DELETE /api/v1/devices/\(id)/data"),
            (["export", id, "--format", "gpx"], "GET /api/v1/devices/\(id)/data-export?format=gpx"),
        ]
        for (words, _) in expected { #expect(await run(words, url.http) == .ok, "\(words)") }
        #expect(calls.lines == expected.map(\.1))
        // Without a terminal and without --yes nothing is destroyed.
        #expect(await run(["erase", id], url.http) == .usage)
        #expect(calls.lines.count == expected.count)
        await hub.stop()
    }

    @Test func `writes an export to a file only if it is whole`() async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("export.json").path
        let (hub, url) = try await ScriptedHub.start()
        await hub.on { $0.answer = { _ in .json(Array("whole".utf8)) } }
        let words = ["export", SomeDevice.id, "--output", file]
        #expect(await run(words, url.http) == .ok)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "whole")
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        await hub.on { $0.answer = { _ in .text(#"{"message":"no"}"#, status: .forbidden) } }
        #expect(await run(words, url.http) == .refused)
        await hub.on { hub in
            // Fewer bytes than were announced.
            hub.stream = { responder in
                let writer = responder.startStreaming(HTTPResponse(.ok), length: 100)
                writer.write(Array("a part".utf8))
                writer.finish()
            }
        }
        #expect(await run(words, url.http) == .unreachable)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "whole")
        #expect(!FileManager.default.fileExists(atPath: file + ".partial"))
        await hub.stop()
    }

    @Test func `top tells rates of the time between two looks`() throws {
        func answer(_ messages: Int, _ perSecond: Double) throws -> AdminObject {
            try AdminObject(
                Array(
                    """
                    {"total":1,"sessions":[{"sessionId":"s-1","loop":1,"openedAt":"1970-01-01T00:00:00.000Z",
                     "messagesIn":\(messages),"messagesInPerSecond":\(perSecond),"queuedBytes":12000}]}
                    """.utf8))
        }
        var screen = TopScreen(sort: "queued")
        screen.learn(try answer(100, 2.5), at: Timestamp(milliseconds: 60_000))
        let size = Terminal.Size(columns: 160, rows: 10)
        let first = screen.lines(size: size, isColoured: false)
        #expect(first[0] == "1 sessions, by queued")
        #expect(first[3].contains("s-1") && first[3].contains(" 2.5 ") && first[3].contains("12.0k"))
        #expect(first[3].contains("1 min"))
        screen.learn(try answer(130, 2.5), at: Timestamp(milliseconds: 62_000))
        #expect(screen.lines(size: size, isColoured: false)[3].contains(" 15.0 "))
        for columns in [1, 20, 40, 80] {
            for line in screen.lines(size: Terminal.Size(columns: columns, rows: 3), isColoured: false) {
                #expect(DisplayWidth.of(line) <= columns)
            }
        }
    }
}

private enum SomeDevice {
    static let id = "0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d"
}

/// What a scripted hub was asked for.
private final class Calls: @unchecked Sendable {
    private(set) var lines: [String] = []
    var count: Int { lines.count }

    /// On the hub's loop; the test looks when nothing is under way.
    func note(_ request: HTTPRequest) { lines.append("\(request.method.rawValue) \(request.pathAndQuery)") }
}
