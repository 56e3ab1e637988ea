import Testing
import Wire

/// What probes and people are told of the hub's state (story 1.5); OutageTests has what they are told without Postgres.
@Suite(.timeLimit(.minutes(2)))
struct HealthTests {
    @Test(arguments: ["/api/health", "/health"])
    func `a healthy hub tells anybody its version and how far away its database is`(path: String) async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await hub.probe(path, key: .some(nil))
        guard case .object(let members) = answer.json, case .object(let database)? = answer.json["database"] else {
            Issue.record("\(answer.text)")
            return
        }
        #expect(members.map(\.name) == ["status", "version", "database"])
        #expect(answer.json["status"] == .string("healthy"))
        #expect(answer.json["version"]?.string?.wholeMatch(of: /\d+\.\d+\.\d+.*/) != nil)
        #expect(database.map(\.name) == ["connected", "latencyMs"])
        #expect(answer.json["database"]?["connected"] == .boolean(true))
        let latency = try #require(answer.json["database"]?["latencyMs"]?.double)
        #expect(latency > 0 && latency < 30_000)
    }

    @Test func `probes are answered without a key`() async throws {
        let hub = try await RunningHub.shared.address()
        for (path, status) in [("/api/health/live", "alive"), ("/api/health/ready", "ready"), ("/ready", "ready")] {
            let answer = try await hub.probe(path, key: .some(nil))
            #expect(answer.json["status"] == .string(status))
        }
    }
}
