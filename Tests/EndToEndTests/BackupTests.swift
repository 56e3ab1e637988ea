import Foundation
import Glibc
import Hub
import HubTesting
import Model
import Testing
import Wire

/// Backups of a hub's own Postgres, made and restored by the programs that operators use.
@Suite(.timeLimit(.minutes(6)))
struct BackupTests {
    private func hubd(_ arguments: [String], _ environment: [String: String]) async throws -> ProgramRun.Outcome {
        try await ProgramRun.run("hubd", arguments, environment: environment)
    }

    private func environment(_ directory: String) -> [String: String] {
        ["HUB__DATA__DIR": directory, "HUB__LOGGING__FORMAT": "json"]
    }

    @Test func `made while devices report holds one moment, and is restored elsewhere as it was`() async throws {
        let file = try TestFiles.directory() + "/hub.tar"
        var acknowledged: Set<Int64> = []
        var device = DeviceID.random()
        var key = ""
        let fixes = Fix.samples(400)
        try await HubProcess.with { hub in
            device = try await hub.address.register(in: .fresh())
            key = try #require(hub.address.key)
            let client = try await TestClient.connect(hub.address, as: device)
            for fix in fixes[..<50] { #expect(try await client.ask(.location(fix)).isAck) }
            acknowledged = Set(fixes[..<50].map(\.capturedAt.milliseconds))
            // The rest is on its way while the backup is made.
            let environment = hub.environment
            async let made = hubd(["backup", file, "--verify", "--json"], environment)
            for fix in fixes[50...] { #expect(try await client.ask(.location(fix)).isAck) }
            let outcome = try await made
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.json?["verified"]?.boolean == true)
            #expect(try await hub.storedCount() == 400)
            await client.close()
            // A hub that runs is not restored onto.
            let refused = try await hubd(["restore", file, "--force", "--quiet"], hub.environment)
            #expect(refused.status == 69)
            #expect(refused.complaints == ["hubd: restore: a hub runs on \(hub.directory): stop it first"])
            #expect(try await hub.address.serves())
        }

        let checked = try await hubd(["restore", file, "--check"], [:])
        #expect(checked.status == 0 && checked.output.contains("whole"))

        // With a key of its own.
        try await HubProcess.with(isFirst: true) { hub in
            _ = await hub.terminate()
            let timid = try await hubd(["restore", file], hub.environment)
            #expect(timid.status == 1)
            #expect(timid.errors.contains("--force"))
            let restored = try await hubd(["restore", file, "--force"], hub.environment)
            #expect(restored.status == 0, "\(restored.errors)")
            #expect(restored.output.contains("postgres.before-"))
            try await hub.restart()
            // Its first part, all of it, and nothing that was not reported.
            let stored = Set(try await hub.stored()[device] ?? [])
            #expect(stored.isSuperset(of: acknowledged))
            #expect(stored.isSubset(of: Set(fixes.map(\.capturedAt.milliseconds))))
            // The other hub's key is good here, and this hub's own is not.
            var address = hub.address
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 401)
            address.key = key
            #expect(try await address.serves())
        }
    }

    @Test func `damaged, cut off or foreign changes nothing`() async throws {
        let folder = try TestFiles.directory()
        try await HubProcess.with { hub in
            let device = try await hub.address.register(in: .fresh())
            let client = try await TestClient.connect(hub.address, as: device)
            #expect(try await client.ask(.location(.sample())).isAck)
            await client.close()
            let made = try await hubd(["backup", folder], hub.environment)
            #expect(made.status == 0, "\(made.errors)")
            _ = await hub.terminate()
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
            #expect(name.wholeMatch(of: /presence-hub-\d{8}T\d{6}Z\.tar/) != nil)
            let whole = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
            var flipped = whole
            flipped[flipped.count / 2] ^= 4
            for (index, bytes) in [whole.dropLast(1500), flipped, Data("nothing of ours".utf8), Data()].enumerated() {
                let path = "\(folder)/bad-\(index).tar"
                try Data(bytes).write(to: URL(filePath: path))
                let outcome = try await hubd(["restore", path, "--force", "--quiet"], hub.environment)
                #expect(outcome.status == 1, "\(index): \(outcome.errors)")
                #expect(outcome.complaints.count == 1)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: hub.directory)
            #expect(!left.contains("restore.new") && !left.contains { $0.contains("before") })
            try await hub.restart()
            #expect(try await hub.stored()[device]?.count == 1)
            #expect(try await hub.address.serves())
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `interrupted leaves no server and no half of a file`(signal: Int32) async throws {
        let folder = try TestFiles.directory()
        try await HubProcess.with { hub in
            let scratch = hub.directory + "/verify.new/postgres/postmaster.pid"
            var (server, status): (Int32, Int32) = (0, 0)
            // Anew if it was over before it could be interrupted.
            for _ in 0..<5 where status == 0 {
                let run = try ProgramRun(
                    "hubd", ["backup", "--verify", folder + "/hub.tar"], environment: hub.environment)
                let text = await run.signal(signal, onceIn: scratch)
                server = text.split(separator: "\n").first.flatMap { Int32($0) } ?? 0
                status = await run.outcome().status
            }
            #expect(status == 128 + signal)
            try #require(server > 0)
            // Its number may stay for a while: nobody waits for the child of a parent that is gone.
            try await Support.eventually("its server ends") {
                let state = TestFiles.text("/proc/\(server)/stat")
                return state.isEmpty || state.contains(") Z ")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left == ["hub.tar"])
            // The next one clears away what is left.
            let again = try await hubd(["backup", "--verify", folder + "/hub.tar"], hub.environment)
            #expect(again.status == 0, "\(again.errors)")
            #expect(!FileManager.default.fileExists(atPath: hub.directory + "/verify.new"))
            #expect(try await hub.address.serves())
        }
    }

    @Test func `killed in the middle of a restore leaves the old data, and the next one goes through`() async throws {
        let folder = try TestFiles.directory()
        try await HubProcess.with { hub in
            let device = try await hub.address.register(in: .fresh())
            let made = try await hubd(["backup", folder + "/hub.tar"], hub.environment)
            #expect(made.status == 0, "\(made.errors)")
            let client = try await TestClient.connect(hub.address, as: device)
            #expect(try await client.ask(.location(.sample())).isAck)
            await client.close()
            _ = await hub.terminate()
            let scratch = hub.directory + "/restore.new/postgres/postmaster.pid"
            let run = try ProgramRun(
                "hubd", ["restore", "--force", folder + "/hub.tar"], environment: hub.environment)
            _ = await run.signal(SIGKILL, onceIn: scratch)
            let killed = await run.outcome()
            try #require(killed.wasKilled, "it ended: \(killed.errors)")
            try await hub.restart()
            #expect(try await hub.stored()[device]?.count == 1)
            _ = await hub.terminate()
            let restored = try await hubd(["restore", "--force", folder + "/hub.tar"], hub.environment)
            #expect(restored.status == 0, "\(restored.errors)")
            try await hub.restart()
            #expect(try await hub.storedCount() == 0)
        }
    }

    @Test func `of nothing is not made, and makes nothing`() async throws {
        let directory = try TestFiles.directory()
        let outcome = try await hubd(["backup", directory + "/hub.tar"], environment(directory))
        #expect(outcome.status == 1)
        #expect(outcome.complaints == ["hubd: backup: the database holds no hub's data"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }

    @Test func `of a hub that does not run is made, and restored into a new directory`() async throws {
        let (file, target) = (try TestFiles.directory() + "/hub.tar", try TestFiles.directory())
        try await HubProcess.with { hub in
            _ = await hub.terminate()
            let made = try await hubd(["backup", file], hub.environment)
            #expect(made.status == 0, "\(made.errors)")
            #expect(hub.postmaster == nil, "Postgres still runs")
        }
        // One that another user owns is left to that user.
        if geteuid() == 0 {
            #expect(chown(target, 65_534, 65_534) == 0)
            let refused = try await hubd(["restore", file], environment(target))
            #expect(refused.status == 69 && refused.errors.contains("belongs to another user"))
            #expect(chown(target, 0, 0) == 0)
        }
        let restored = try await hubd(["restore", file], environment(target))
        #expect(restored.status == 0, "\(restored.errors)")
        let keys = try await hubd(["keys", "list", "--json"], environment(target))
        #expect(keys.json?.array?.compactMap { $0["name"]?.string } == ["test"])
        let left = try FileManager.default.contentsOfDirectory(atPath: target)
        #expect(!left.contains("restore.new"))
    }
}

/// The same with a Postgres of somebody else's.
@Suite(.timeLimit(.minutes(6)))
struct ExternalBackupTests {
    private func hubd(_ arguments: [String], _ test: TestDatabase) async throws -> ProgramRun.Outcome {
        try await ProgramRun.run(
            "hubd", arguments,
            environment: ["HUB__DATABASE__URL": test.uri, "HUB__DATA__DIR": try TestFiles.directory()])
    }

    @Test func `a backup goes into an empty database, and into a full one only by force`() async throws {
        let file = try TestFiles.directory() + "/hub.tar"
        let hub = try await RunningHub.start { _ in }
        let device = try await hub.address.register(in: .fresh())
        let client = try await TestClient.connect(hub.address, as: device)
        #expect(try await client.ask(.location(.sample())).isAck)
        await client.close()
        let made = try await hubd(["backup", file], hub.test)
        #expect(made.status == 0, "\(made.errors)")

        let running = try await hubd(["restore", file, "--force", "--quiet"], hub.test)
        #expect(running.status == 69)
        #expect(running.complaints == ["hubd: restore: a hub runs on the database: stop it first"])

        let empty = try await TestPostgres.shared.database(isMigrated: false)
        let first = try await hubd(["restore", file], empty)
        #expect(first.status == 0, "\(first.errors)")
        let again = try await hubd(["restore", file], empty)
        #expect(again.status == 1 && again.errors.contains("--force"))
        let forced = try await hubd(["restore", file, "--force"], empty)
        #expect(forced.status == 0, "\(forced.errors)")
        let other = try await RunningHub.start(on: empty.uri) { _ in }
        var address = HubAddress(port: other.port)
        address.key = hub.address.key
        #expect(try await address.serves())
        await other.stop()
        try await empty.drop()
        await hub.stop()
    }
}
