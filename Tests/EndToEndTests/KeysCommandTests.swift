import Crypto
import Model
import Persistence
import Testing
import Wire

/// What an operator does with `hubd keys` (story 4.9).
@Suite(.timeLimit(.minutes(4)))
struct KeysCommandTests {
    /// What follows a name at the beginning of a line.
    private func value(_ name: String, in text: String) throws -> String {
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
        return String(line.dropFirst(name.count).drop { $0 == " " })
    }

    private func ids(_ hub: HubProcess) async throws -> Set<String> {
        let list = try await hub.keys("list", "--json")
        return Set(list.json?.array?.compactMap { $0["id"]?.string } ?? [])
    }

    @Test func `a new key is shown with its prefix, its hash and a statement that another hub's database takes`()
        async throws
    {
        try await HubProcess.with(isFirst: true) { hub in
            let made = try await hub.keys("create", "--name", "Ana's backend")
            #expect(made.status == 0)
            let key = try value("key", in: made.output)
            #expect(key.wholeMatch(of: /pm_[A-Za-z0-9_-]{45}/) != nil)
            #expect(try value("prefix", in: made.output) == String(key.prefix(8)))
            let secret = try #require(APIKeySecret(key))
            #expect(try value("hash", in: made.output) == Hexadecimal.encode(secret.hash))

            let statement = try #require(made.output.firstRange(of: "INSERT INTO")).lowerBound
            let text = String(made.output[statement...])
            #expect(!text.contains(key))
            let other = try await RunningHub.start { _ in }
            var address = other.address
            address.key = key
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 401)
            for _ in 0..<2 {
                try await other.database.withConnection(within: .seconds(60)) { _ = try await $0.run(script: text) }
            }
            // A refusal is remembered for a moment.
            try await Support.eventually("the other hub takes the key") {
                try await address.get("/api/v1/devices?groupId=x1").status == 200
            }
            #expect(try await other.keys.list().filter { $0.name == "Ana's backend" }.count == 1)
            await other.stop()
        }
    }

    @Test func `the list has each key's prefix, state, times and name, and never the key`() async throws {
        try await HubProcess.with { hub in
            let (used, revoked) = (try await hub.makeKey("used"), try await hub.makeKey("revoked"))
            var address = hub.address
            address.key = used.key
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 200)
            #expect(try await hub.keys("revoke", revoked.id).status == 0)
            try await Support.eventually("the use is noted") {
                let list = try await hub.keys("list", "--json").json?.array
                return list?.first { $0["name"]?.string == "used" }?["lastUsedAt"]?.string != nil
            }
            let list = try await hub.keys("list")
            #expect(list.status == 0)
            let lines = list.output.split(separator: "\n").map { $0.split(whereSeparator: { $0 == " " }) }
            #expect(lines[0] == ["PREFIX", "ACTIVE", "ADMIN", "CREATED", "LAST", "USED", "NAME"])
            let usedLine = try #require(lines.first { $0.last == "used" })
            #expect(usedLine[0] == used.key.prefix(8) && usedLine[1] == "yes" && usedLine[2] == "no")
            #expect(usedLine[3].hasSuffix("Z") && usedLine[4].hasSuffix("Z"))
            let revokedLine = try #require(lines.first { $0.last == "revoked" })
            #expect(revokedLine[0] == revoked.key.prefix(8) && revokedLine[1] == "no" && revokedLine[4] == "never")
            for key in [used.key, revoked.key] { #expect(!list.output.contains(key.dropFirst(8))) }
        }
    }

    @Test func `rotating and revoking go by prefix, and done again do nothing more`() async throws {
        try await HubProcess.with { hub in
            let old = try await hub.makeKey("fleet")
            let prefix = String(old.key.prefix(8))
            let rotated = try await hub.keys("rotate", prefix, "--json")
            let new = try #require(rotated.json?["key"]?.string)
            #expect(rotated.status == 0 && new != old.key)
            var address = hub.address
            address.key = old.key
            try await Support.eventually("the old key is refused") {
                try await address.get("/api/v1/devices?groupId=x1").status == 401
            }
            address.key = new
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 200)

            let before = try await ids(hub)
            let again = try await hub.keys("rotate", prefix, "--json")
            #expect(again.status == 1 && again.errors == "hubd: no active key is called \(prefix)\n")
            #expect(try await ids(hub) == before)
            #expect(try await address.get("/api/v1/devices?groupId=x1").status == 200)

            let newPrefix = String(new.prefix(8))
            #expect(try await hub.keys("revoke", newPrefix).output == "revoked \(newPrefix) (fleet)\n")
            try await Support.eventually("the new key is refused") {
                try await address.get("/api/v1/devices?groupId=x1").status == 401
            }
            let twice = try await hub.keys("revoke", newPrefix)
            #expect(twice.status == 0 && twice.output == "already revoked\n")
            #expect(try await ids(hub) == before)
        }
    }
}
