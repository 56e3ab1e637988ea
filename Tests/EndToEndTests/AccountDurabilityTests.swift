import Glibc
import Hub
import HubTesting
import Model
import Testing
import Wire

/// Accounts and what opens them outlive the hub, and are there as soon as it is.
@Suite(.timeLimit(.minutes(3)))
struct AccountDurabilityTests {
    @Test func `tokens open what they opened after the hub was killed, and spent ones do not`() async throws {
        try await HubProcess.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let phone = try await ada.signIn()
            let newer = try await phone.refreshed()
            let ended = try await ada.signIn()
            #expect(try await ended.post("/api/v1/auth/logout", "").status == 204)
            hub.run.signal(SIGKILL)
            try await hub.restart()
            #expect(try await ada.get("/api/v1/auth/me").json["id"]?.string == ada.id.description)
            #expect(try await newer.get("/api/v1/auth/me").status == 200)
            #expect(try await ended.get("/api/v1/auth/me").status == 401)
            #expect(try await ended.tryRefresh().status == 401)
            let stream = try await newer.connect()
            await stream.close()
            let again = try await newer.refreshed()
            #expect(try await again.get("/api/v1/auth/me").status == 200)
            // Spent before the kill, and so was what came after it: whoever has it now is not to be trusted, and the
            // sign-in ends.
            #expect(try await phone.tryRefresh().status == 401)
            #expect(try await again.tryRefresh().status == 401)
            #expect(try await ada.refreshed().get("/api/v1/auth/me").status == 200)
        }
    }

    @Test func `hubs that start at once on an empty database have accounts at once`() async throws {
        let test = try await TestPostgres.shared.database(isMigrated: false)
        async let first = RunningHub.start(on: test.uri) { _ in }
        async let second = RunningHub.start(on: test.uri) { _ in }
        let hubs = [try await first, try await second]
        let addresses = hubs.map { HubAddress(port: $0.port) }
        async let adaHere = TestPerson.register(on: addresses[0], "ada")
        async let benThere = TestPerson.register(on: addresses[1], "ben")
        for (person, other) in [(try await adaHere, addresses[1]), (try await benThere, addresses[0])] {
            #expect(try await person.get("/api/v1/auth/me").status == 200)
            // Either knows what the other has signed, and whom it has registered.
            let path = "/api/v1/auth/me"
            let elsewhere = try await other.request("GET", path, headers: person.headers, key: .some(nil))
            #expect(elsewhere.status == 200, "\(elsewhere.json)")
            #expect(elsewhere.json["id"]?.string == person.id.description)
            #expect(try await TestPerson.tryLogin(on: other, email: person.email).status == 200)
        }
        for hub in hubs { await hub.stop() }
        try await test.drop()
    }
}
