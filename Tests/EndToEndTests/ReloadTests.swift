import Configuration
import Foundation
import Glibc
import Hub
import HubTesting
import Testing
import Wire

/// SIGHUP: what changed is taken over or named, and what is wrong changes nothing.
@Suite(.timeLimit(.minutes(3)))
struct ReloadTests {
    /// A hub with a configuration file, and what writes that file anew and has it read.
    private func withHub(_ body: (HubProcess, String, (String) async throws -> [Substring]) async throws -> Void)
        async throws
    {
        let file = TestFiles.root + "/\(UUID().uuidString).toml"
        try Data().write(to: URL(filePath: file))
        // From the environment the level could not be changed.
        try await HubProcess.with(["HUB__LOGGING__LEVEL": nil], arguments: ["--config", file]) { hub in
            try await body(hub, file) { text in
                try Data(text.utf8).write(to: URL(filePath: file))
                let before = hub.run.errorsSoFar
                let reloads = before.matches(of: /"message":"reloaded"/).count
                hub.run.signal(SIGHUP)
                try await Support.eventually("it has reloaded") {
                    hub.run.errorsSoFar.matches(of: /"message":"reloaded"/).count > reloads
                }
                return hub.run.errorsSoFar.dropFirst(before.count).split(separator: "\n")
            }
        }
    }

    @Test func `takes limits over, and names what needs a restart`() async throws {
        try await withHub { hub, _, reload in
            let padding = [("X-Padding", String(repeating: "a", count: 4000))]
            func status() async throws -> Int {
                try await hub.address.request("GET", "/api/health/live", headers: padding).status
            }
            #expect(try await status() == 200)
            let lines = try await reload(
                """
                [server]
                port = 1
                [limits]
                header_bytes = 1024
                group_size = 19
                [logging]
                level = "debug"
                """)
            let restart = lines.filter { $0.contains("takes effect at the next start") }
            #expect(restart.count == 1 && restart[0].contains("limits.group_size"), "\(restart)")
            let done = try #require(lines.last { $0.contains(#""message":"reloaded""#) })
            #expect(done.contains(#""changed":"limits.header_bytes logging.level""#))
            #expect(done.contains(#""restart_needed":true"#))
            #expect(try await status() == 431)
            // The port is the environment's, which outranks the file: nothing has changed there.
            #expect(try await hub.address.serves())
        }
    }

    @Test func `takes the log level over`() async throws {
        try await withHub { hub, file, reload in
            #expect(hub.run.errorsSoFar.contains(#""message":"serving""#))
            _ = try await reload("[logging]\nlevel = \"debug\"\n")
            // What it says of the next reload is below the level. Two signals come in the order of their numbers.
            try Data("[logging]\nlevel = \"error\"\n".utf8).write(to: URL(filePath: file))
            hub.run.signal(SIGHUP)
            let outcome = await hub.terminate()
            #expect(outcome.status == 0)
            // Said at level info by every hub that stops.
            #expect(!outcome.errors.contains(#""message":"stopping""#))
        }
    }

    @Test(arguments: ["[server", "[limits]\nheader_bytes = 12\n", "[server]\nprot = 80\n"])
    func `keeps everything if the file is wrong, and says what is`(text: String) async throws {
        try await withHub { hub, _, reload in
            let lines = try await reload(text)
            let mistakes = lines.filter { $0.contains("configuration not reloaded") }
            #expect(mistakes.count == 1)
            #expect(mistakes.allSatisfy { $0.contains(#""level":"error""#) && $0.contains(".toml") })
            #expect(lines.last { $0.contains(#""message":"reloaded""#) }?.contains(#""changed":"""#) == true)
            #expect(try await hub.address.serves())
        }
    }

    @Test func `takes over what the handbook says, and nothing else`() async throws {
        let certificates = try TestCertificates.shared.get()
        let configure: @Sendable (inout HubConfiguration) -> Void = {
            $0.server.tlsCertificate = certificates.certificate
            $0.server.tlsKey = certificates.key
        }
        try await RunningHub.with(configure) { hub in
            let text = TestFiles.text(TestFiles.package + "docs/operations.md")
            let section = text.split(separator: "\n### Reload\n", maxSplits: 1)[1].split(separator: "\nEvery other")[0]
            let named = Set(section.matches(of: /`([a-z]+\.[a-z_]+)`/).map { String($0.output.1) })
            #expect(await hub.hub.reloadableSettings == named)
            #expect(named.isSubset(of: Setting.all.map(\.key.description)))
        }
    }

    @Test func `ends the sessions of a revoked key at once`() async throws {
        try await withHub { hub, _, reload in
            let made = try await hub.makeKey("fleet")
            var address = hub.address
            address.key = made.key
            let device = try await address.register(in: .fresh())
            let client = try await TestClient.connect(address, as: device)
            #expect(try await client.ask(.location(.sample())).isAck)
            #expect(try await hub.keys("revoke", made.id).status == 0)
            _ = try await reload("")
            // Without a wait: the reload is over when it says so.
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 401)
            #expect(try await client.ended().code == 1008)
        }
    }
}
