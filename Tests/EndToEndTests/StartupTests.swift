import Foundation
import HubTesting
import Testing
import Wire

/// A hub that cannot start says why in one line and ends with the code that says whose fault it is.
@Suite(.timeLimit(.minutes(3)))
struct StartupTests {
    private func serve(_ environment: [String: String], _ arguments: String...) async throws -> ProgramRun.Outcome {
        var environment = environment
        if environment["HUB__DATA__DIR"] == nil { environment["HUB__DATA__DIR"] = try TestFiles.directory() }
        environment["HUB__LOGGING__LEVEL"] = "error"
        return try await ProgramRun.run("hubd", ["serve"] + arguments, environment: environment)
    }

    @Test func `a port in use ends the hub with 69 and one line`() async throws {
        let hub = try await RunningHub.shared.address()
        let start = ContinuousClock.now
        let outcome = try await serve(["HUB__SERVER__PORT": "\(hub.port)"])
        #expect(outcome.status == 69)
        #expect(!outcome.wasKilled)
        #expect(outcome.complaints == ["hubd: cannot listen on 127.0.0.1 port \(hub.port): address already in use"])
        #expect(outcome.output.isEmpty)
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(try await hub.serves())
    }

    @Test func `a host that is not this machine's ends the hub with 69 and one line`() async throws {
        let outcome = try await serve(["HUB__SERVER__HOST": "192.0.2.1", "HUB__SERVER__PORT": "\(try FreePort.find())"])
        #expect(outcome.status == 69)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.errors.hasPrefix("hubd: cannot listen on 192.0.2.1"))
    }

    @Test func `a data directory in use ends the second hub with 69 and one line`() async throws {
        try await HubProcess.with { hub in
            let outcome = try await serve([
                "HUB__DATA__DIR": hub.directory, "HUB__SERVER__PORT": "\(try FreePort.find())",
            ])
            #expect(outcome.status == 69)
            #expect(outcome.complaints == ["hubd: the data directory \(hub.directory) is in use by another hub"])
            #expect(try await hub.address.serves())
        }
    }

    @Test(arguments: [
        "postgres://hub:s3cret-word@127.0.0.1:1/hub", "postgres://hub:s3cret-word@hub.invalid/hub?connect_timeout=2",
        "postgres://hub:s3cret-word@127.0.0.1:notaport/hub", "mysql://hub:s3cret-word@127.0.0.1/hub",
        "postgres://hub:s3cret-word@127.0.0.1/hub?no_such_option=1",
    ])
    func `a wrong database URL is one line without the password`(url: String) async throws {
        let outcome = try await serve([
            "HUB__DATABASE__URL": url, "HUB__SERVER__PORT": "\(try FreePort.find())",
            "HUB__DATABASE__CONNECT_TIMEOUT_SECONDS": "2",
        ])
        #expect(outcome.status == 69 || outcome.status == 78)
        #expect(outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("hubd: "))
        #expect(!outcome.errors.contains("s3cret-word"))
        #expect(outcome.output.isEmpty)
    }

    @Test func `every mistake of a configuration is named and ends with 78`() async throws {
        let unknown = try await serve(["HUB__SERVER__PROT": "80"])
        #expect(unknown.status == 78)
        #expect(unknown.complaints.count == 1)
        #expect(unknown.errors.contains("server.prot"))
        let several = try await serve(["HUB__SERVER__PORT": "eighty", "HUB__FANOUT__TICK_MS": "-1"])
        #expect(several.status == 78)
        #expect(several.errors.contains("server.port") && several.errors.contains("fanout.tick_ms"))
        let file = TestFiles.root + "/no-such-file.toml"
        let missing = try await serve([:], "--config", file)
        #expect(missing.status == 78)
        #expect(missing.errors.contains(file))
    }

    @Test func `a command that is none ends with 64`() async throws {
        for arguments in [["serv"], ["serve", "--nonsense"], ["keys"], ["keys", "revoke"]] {
            let outcome = try await ProgramRun.run("hubd", arguments)
            #expect(outcome.status == 64, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.hasPrefix("hubd: "))
        }
        let help = try await ProgramRun.run("hubd", ["--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("serve"))
        #expect(help.errors.isEmpty)
    }

    @Test func `a certificate that cannot be used ends the hub with 78 and one line`() async throws {
        let certificates = try TestCertificates.shared.get()
        let outcome = try await serve([
            "HUB__SERVER__TLS_CERTIFICATE": certificates.certificate, "HUB__SERVER__TLS_KEY": certificates.renewedKey,
            "HUB__SERVER__PORT": "\(try FreePort.find())",
        ])
        #expect(outcome.status == 78)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.errors.hasPrefix("hubd: cannot use the TLS certificate"))
    }

    @Test func `keys are made, listed, rotated and revoked beside a running hub`() async throws {
        try await HubProcess.with { hub in
            let made = try await hub.makeKey("fleet")
            #expect(made.key.utf8.count == 48 && made.key.hasPrefix("pm_"))
            var address = hub.address
            address.key = made.key
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 200)

            let list = try await hub.keys("list", "--json")
            #expect(list.status == 0)
            let names = list.json?.array?.compactMap { $0["name"]?.string } ?? []
            #expect(names.contains("fleet"))
            #expect(!list.output.contains(made.key))

            let rotated = try await hub.keys("rotate", made.id, "--json")
            #expect(rotated.status == 0)
            address.key = try #require(rotated.json?["key"]?.string)
            #expect(address.key != made.key)
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 200)

            let id = try #require(rotated.json?["id"]?.string)
            let revoked = try await hub.keys("revoke", id)
            #expect(revoked.status == 0)
            try await Support.eventually("the key is refused") {
                try await address.get("/api/v1/devices?groupId=x1").status == 401
            }
            #expect(try await hub.keys("revoke", "pm_nobod").status == 1)
        }
    }
}
