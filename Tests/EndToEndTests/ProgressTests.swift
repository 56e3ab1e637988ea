import Foundation
import Glibc
import HubTesting
import Model
import Testing
import Travel
import Wire

/// How far long tasks are, as somebody sees it at a terminal, and as a script has it.
@Suite(.timeLimit(.minutes(5)))
struct ProgressTests {
    private func hubd(_ arguments: [String], _ environment: [String: String]) async throws -> ProgramRun.Outcome {
        try await ProgramRun.run("hubd", arguments, environment: environment)
    }

    private func fill(_ hub: HubProcess) async throws {
        let device = try await hub.address.register(in: .fresh())
        let client = try await TestClient.connect(hub.address, as: device)
        for fix in Fix.samples(20) { #expect(try await client.ask(.location(fix)).isAck) }
        await client.close()
    }

    @Test func `a backup and a restore draw a line, which is gone at the end`() async throws {
        let file = try TestFiles.directory() + "/hub.tar"
        try await HubProcess.with { hub in
            try await fill(hub)
            let backup = try TerminalRun(
                "hubd", ["backup", "--verify", file], environment: hub.environment, columns: 60)
            #expect(try await backup.waitForEnd() == 0, "\(backup.output)")
            for step in ["dumping the database", "starting a Postgres"] {
                #expect(backup.output.contains(TerminalLine.erasure + step))
            }
            let left = TerminalLine.shown(backup.output).filter { !$0.isEmpty }
            #expect(left.count == 1 && left[0].contains("restored and compared"), "\(left)")
            let drawn = backup.output.split(separator: TerminalLine.erasure)
            #expect(drawn.dropLast().allSatisfy { $0.count < 60 })
            #expect(backup.isCooked)

            _ = await hub.terminate()
            let restore = try TerminalRun("hubd", ["restore", "--force", file], environment: hub.environment)
            #expect(try await restore.waitForEnd() == 0, "\(restore.output)")
            #expect(restore.output.contains(TerminalLine.erasure + "starting a Postgres"))
            let shown = TerminalLine.shown(restore.output).filter { !$0.isEmpty }
            #expect(shown.count == 1 && shown[0].hasPrefix("restored "), "\(shown)")
            try await hub.restart()
        }
    }

    @Test func `elsewhere they write lines on standard error, or nothing`() async throws {
        let file = try TestFiles.directory() + "/hub.tar"
        try await HubProcess.with { hub in
            try await fill(hub)
            let made = try await hubd(["backup", "--json", file], hub.environment)
            #expect(made.status == 0, "\(made.errors)")
            #expect(made.json?["file"]?.string == file)
            #expect(made.complaints.first?.wholeMatch(of: /dumping the database: started, about \d.* [kM]B/) != nil)
            #expect(made.complaints.contains { $0.hasPrefix("dumping the database: done, ") })
            #expect(
                made.complaints.contains { $0.wholeMatch(of: /adding up the tables: done, \d+ tables in .*/) != nil })
            #expect(!made.errors.contains("\u{1b}") && !made.errors.contains("\r"))

            let quiet = try await hubd(["backup", "--quiet", file], hub.environment)
            #expect(quiet.status == 0 && quiet.errors.isEmpty)

            _ = await hub.terminate()
            let restored = try await hubd(["restore", "--force", file], hub.environment)
            #expect(restored.status == 0, "\(restored.errors)")
            for step in ["reading the backup: done, ", "restoring: done, ", "comparing the tables: done, "] {
                #expect(restored.complaints.contains { $0.hasPrefix(step) }, "\(step)")
            }
            #expect(restored.output.hasPrefix("restored "))
            let silent = try await hubd(["restore", "--force", "--quiet", file], hub.environment)
            #expect(silent.status == 0 && silent.errors.isEmpty)
            try await hub.restart()
        }
    }

    @Test func `Ctrl-C leaves no half of a line`() async throws {
        let file = try TestFiles.directory() + "/hub.tar"
        try await HubProcess.with { hub in
            var status: Int32 = 0
            // Anew if it was over before it could be interrupted.
            for _ in 0..<5 where status == 0 {
                let run = try TerminalRun("hubd", ["backup", "--verify", file], environment: hub.environment)
                try await run.wait(for: "starting a Postgres")
                run.type("\u{3}")
                status = try await run.waitForEnd()
                #expect(TerminalLine.shown(run.output).last == "")
                #expect(run.isCooked)
            }
            #expect(status == 128 + SIGINT)
        }
    }

    @Test func `a replay draws a line, and its JSON stays clean`() async throws {
        let folder = try TestFiles.directory()
        let rows = (0..<200).map { "\(1_600_000_000 + $0 * 60),\(48 + Double($0) / 1e4),17.1\n" }.joined()
        try ("timestamp,lat,lon\n" + rows).write(toFile: folder + "/walk.csv", atomically: true, encoding: .utf8)
        try await HubProcess.with { hub in
            let environment = [
                "XDG_CONFIG_HOME": folder, "HUBCTL_URL": "http://127.0.0.1:\(hub.port)",
                "HUBCTL_KEY": try #require(hub.address.key),
            ]
            let words = ["stream", "--group", "walkers", "--track", folder + "/walk.csv", "--speed", "max"]
            let run = try TerminalRun("hubctl", words, environment: environment)
            #expect(try await run.waitForEnd() == 0, "\(run.output)")
            #expect(run.output.contains(TerminalLine.erasure + "acknowledged  ["))
            let shown = TerminalLine.shown(run.output).filter { !$0.isEmpty }
            #expect(shown.first?.hasPrefix("1 device, 200 of 200 fixes acknowledged") == true, "\(shown)")

            let piped = try await ProgramRun.run("hubctl", words + ["--json"], environment: environment)
            #expect(piped.status == 0)
            #expect(piped.json?["acked"]?.integer == 200)
            #expect(piped.errors.contains("acknowledged: started, 200 fixes\n"))
            #expect(piped.errors.contains("acknowledged: done, 200 fixes in "))
            let quiet = try await ProgramRun.run("hubctl", words + ["--json", "--quiet"], environment: environment)
            #expect(quiet.status == 0 && quiet.errors.isEmpty)
        }
    }

    @Test func `a load tells its steps on standard error, and its result on standard output`() async throws {
        try await HubProcess.with { hub in
            let environment = [
                "XDG_CONFIG_HOME": try TestFiles.directory(), "HUBCTL_URL": "http://127.0.0.1:\(hub.port)",
                "HUBCTL_KEY": try #require(hub.address.key),
            ]
            let times = ["--warmup", "1s", "--duration", "2s", "--json"]
            for words in [
                ["bench", "--groups", "1", "--devices", "3"], ["load", "--connections", "3", "--rate", "5"],
            ] {
                let run = try await ProgramRun.run("hubctl", words + times, environment: environment)
                #expect(run.json != nil, "\(run.output)")
                for line in [
                    "registering: started, 3 devices", "opening: started, 3 connections", "warming up: started, 0:01",
                    "measuring: started, 0:02",
                ] { #expect(run.complaints.contains { $0 == line }, "\(line): \(run.errors)") }
                #expect(run.complaints.contains { $0.hasPrefix("measuring: done in ") })
                #expect(!run.errors.contains("\u{1b}"))
            }
        }
    }

    @Test(.enabled(if: MapFiles.findMap() != nil))
    func `an import of the map draws lines, and ends by Ctrl-C without one`() async throws {
        let directory = try TestFiles.directory()
        let run = try TerminalRun(
            "hubd", ["regions", "import"], environment: ["HUB__DATA__DIR": directory, "HUB__LOGGING__FORMAT": "json"])
        try await run.wait(for: TerminalLine.erasure + "counting cells  ")
        run.type("\u{3}")
        #expect(try await run.waitForEnd() == 128 + SIGINT)
        #expect(TerminalLine.shown(run.output).last == "")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }
}
