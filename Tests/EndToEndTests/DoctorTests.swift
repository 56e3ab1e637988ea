import Foundation
import HubTesting
import Testing
import Wire

/// `hubd doctor`, as operators run it.
@Suite(.timeLimit(.minutes(3)))
struct DoctorTests {
    private func examine(_ environment: [String: String]) async throws -> (status: Int32, levels: [String: String]) {
        let outcome = try await ProgramRun.run("hubd", ["doctor", "--json"], environment: environment)
        let findings = try #require(outcome.json?["findings"]?.array, "\(outcome.output) \(outcome.errors)")
        let levels = findings.map { ($0["check"]?.string ?? "", $0["level"]?.string ?? "") }
        return (outcome.status, Dictionary(levels) { first, _ in first })
    }

    @Test func `finds nothing wrong with a hub that runs, nor with it once it has stopped`() async throws {
        try await HubProcess.with(isFirst: true) { hub in
            let running = try await examine(hub.environment)
            #expect(running.levels["machine.port"] == "ok")
            #expect(running.levels["postgres.server"] == "ok")
            #expect(running.levels["database.reachable"] == "ok")
            #expect(running.levels["database.migrations"] == "ok")
            #expect(running.levels["database.durability"] == "ok")
            #expect(running.status < 2, "\(running.levels)")
            #expect(try await hub.address.serves())
            _ = await hub.terminate()
            let stopped = try await examine(hub.environment)
            #expect(stopped.levels["machine.port"] == "ok")
            #expect(stopped.levels["postgres.server"] == "ok")
            #expect(stopped.levels["database.reachable"] == nil)
            #expect(hub.postmaster == nil, "looking has started Postgres")
        }
    }

    @Test func `changes nothing in a directory that is not there`() async throws {
        let directory = try TestFiles.directory() + "/none/yet"
        let report = try await examine(["HUB__DATA__DIR": directory, "HUB__SERVER__PORT": "\(try FreePort.find())"])
        #expect(report.levels["machine.data_dir"] == "ok")
        #expect(report.levels["postgres.installation"] == "ok")
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func `tells of a database that does not answer without its password`() async throws {
        let outcome = try await ProgramRun.run(
            "hubd", ["doctor"],
            environment: [
                "HUB__DATABASE__URL": "postgres://hub:s3cret-word@127.0.0.1:1/hub",
                "HUB__DATABASE__CONNECT_TIMEOUT_SECONDS": "2", "HUB__DATA__DIR": try TestFiles.directory(),
            ])
        #expect(outcome.status == 2)
        #expect(outcome.output.contains("ERROR    database.reachable"))
        #expect(!outcome.output.contains("s3cret-word") && !outcome.errors.contains("s3cret-word"))
    }

    @Test func `tells of a port that another program has, and of a configuration that is wrong`() async throws {
        let other = try ListeningSocket()
        let taken = try await examine([
            "HUB__SERVER__PORT": "\(other.port)", "HUB__DATA__DIR": try TestFiles.directory(),
        ])
        #expect(taken.status == 2)
        #expect(taken.levels["machine.port"] == "error")
        let wrong = try await examine(["HUB__SERVER__PROT": "80", "HUB__SERVER__PORT": "8080"])
        #expect(wrong.status == 2)
        #expect(wrong.levels["configuration.file"] == "error")
        #expect(wrong.levels["machine.memory"] != nil)
    }
}
