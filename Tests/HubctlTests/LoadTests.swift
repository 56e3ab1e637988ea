import Foundation
import Glibc
import HTTP
import Measuring
import Model
import TerminalText
import Testing

@testable import hubctl

@Suite struct `An answer on a connection that is kept alive` {
    private func events(_ pieces: [[UInt8]]) -> [AnswerReader.Event] {
        var reader = AnswerReader()
        var events: [AnswerReader.Event] = []
        for piece in pieces {
            var rest = piece[...]
            while !rest.isEmpty {
                let event = reader.read(&rest)
                if event == .needsMore { break }
                events.append(event)
                if event == .invalid { return events }
            }
        }
        return events
    }

    @Test func `ends where its length says, however it is cut`() {
        let text =
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
            + "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n"
            + "HTTP/1.1 429 Too Many Requests\r\ncontent-length:  0\r\nConnection: close\r\n\r\n"
        let bytes = Array(text.utf8)
        let expected: [AnswerReader.Event] = [
            .answered(status: 200, closes: false), .answered(status: 204, closes: false),
            .answered(status: 429, closes: true),
        ]
        #expect(events([bytes]) == expected)
        #expect(events(bytes.map { [$0] }) == expected)
        for cut in bytes.indices { #expect(events([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected) }
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 20_000),
    ])
    func `that has no length of its own is not guessed at`(text: String) {
        #expect(events([Array(text.utf8)]) == [.invalid])
    }
}

@Suite struct `A load of REST requests` {
    private func measure(
        _ change: (inout LoadSettings) -> Void = { _ in },
        answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse? = { _ in nil },
        drops: @escaping @Sendable (HTTPRequest) -> Bool = { _ in false }
    ) async throws -> (report: LoadReport, bodies: [String]) {
        var settings = LoadSettings(prefix: "load-test")
        settings.connections = 30
        settings.rate = 400
        settings.warmup = .milliseconds(100)
        settings.duration = .milliseconds(600)
        change(&settings)
        let (hub, url) = try await ScriptedHub.start()
        await hub.on {
            $0.answer = answer
            $0.drops = drops
        }
        let run = LoadRun(
            scenario: .phoneManager, settings: settings, target: HubTarget(url: url, key: "k"),
            processes: BenchRun.Processes(hub: Int(getpid()), postgres: nil), progress: .standardError(isQuiet: true))
        let report = try await run.measure()
        let bodies = await hub.on(\.registered)
        await hub.stop()
        return (report, bodies)
    }

    @Test func `answers every request of its timetable, each kind in its share`() async throws {
        let (report, bodies) = try await measure()
        #expect(report.tally.errors.isEmpty && report.tally.lost == 0)
        #expect(report.tally.sent == 240)
        #expect(report.tally.answered == 240)
        #expect(report.tally.latency.map(\.count).reduce(0, +) == 240)
        // 60 of a hundred, drawn from a seed.
        #expect((100...190).contains(report.tally.latency[LoadScenario.Request.upload.rawValue].count))
        #expect(report.tally.latency.allSatisfy { $0.count > 0 })
        #expect(!report.samples.isEmpty)
        // The 30 devices before it began are among what the hub was sent.
        #expect(bodies.count { $0.contains("\"platform\":\"hubctl\"") } == 30)
        #expect(bodies.contains { $0.contains("load-test-new-0-0") })
    }

    @Test func `spread over loops is the same load`() async throws {
        let (report, _) = try await measure { $0.loops = 2 }
        #expect(report.tally.errors.isEmpty && report.tally.lost == 0)
        #expect(report.tally.sent == 240)
    }

    @Test func `tells refusals by their status`() async throws {
        let (report, _) = try await measure(answer: { request in
            request.path == "/api/v1/locations/batch" ? HTTPResponse(.serviceUnavailable) : nil
        })
        let batches = Int(report.tally.latency[LoadScenario.Request.batch.rawValue].count)
        #expect(batches > 0)
        #expect(report.tally.errors == ["status 503": batches])
        #expect(report.lines.contains { $0.hasSuffix("\(batches) requests: status 503") })
    }

    @Test func `looks at its processes, though their time is over when it comes to it`() async throws {
        let run = LoadRun(
            scenario: .phoneManager, settings: LoadSettings(prefix: "load-test"),
            target: HubTarget(url: .standard, key: "k"),
            processes: BenchRun.Processes(hub: Int(getpid()), postgres: nil), progress: .standardError(isQuiet: true))
        let samples = await run.sample(until: 0)
        #expect(samples.count == 1 && samples.first?.hubResidentBytes ?? 0 > 0)
    }

    @Test func `tells connections that the hub closes`() async throws {
        let (report, _) = try await measure(drops: { $0.method == .get })
        #expect((1...30).contains(report.tally.lost))
        #expect(report.tally.errors["connection lost"] ?? 0 > 0)
        #expect(report.tally.sent == report.tally.answered + report.tally.errors.values.reduce(0, +))
    }

    @Test func `has shares that make a hundred`() {
        let shares = LoadScenario.Request.allCases.map(LoadScenario.phoneManager.share)
        #expect(shares.reduce(0, +) == 100)
        #expect(LoadScenario.phoneManager.request(at: 0) == .register)
        #expect(LoadScenario.phoneManager.request(at: 5) == .upload)
        #expect(LoadScenario.phoneManager.request(at: 64.9) == .upload)
        #expect(LoadScenario.phoneManager.request(at: 65) == .batch)
        #expect(LoadScenario.phoneManager.request(at: 99.9) == .list)
    }

    @Test func `writes a batch of 25 whose times differ`() throws {
        let device = try #require(DeviceID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
        let target = HubTarget(url: .standard, key: "k")
        let text = String(
            decoding: LoadRequests(target: target).batch(of: device, at: 1_000_000, place: 3), as: UTF8.self)
        let parts = text.components(separatedBy: "\r\n\r\n")
        #expect(parts[0].contains("Content-Length: \(parts[1].utf8.count)"))
        struct Batch: Decodable {
            struct Fix: Decodable { var timestamp: Int64, latitude: Double, longitude: Double }
            var locations: [Fix]
        }
        let batch = try JSONDecoder().decode(Batch.self, from: Data(parts[1].utf8))
        #expect(Set(batch.locations.map(\.timestamp)).count == 25)
        #expect(batch.locations.last?.timestamp == 1_000_000)
        #expect(batch.locations.allSatisfy { (48..<48.2).contains($0.latitude) && (17..<17.2).contains($0.longitude) })
    }
}
