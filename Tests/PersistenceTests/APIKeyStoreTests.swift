import Model
import Persistence
import Testing

@Suite struct `The Postgres store of API keys` {
    private func key(_ prefix: String, createdAt: Timestamp = .now) -> APIKey {
        APIKey(
            id: APIKeyID(.version7(at: .now)), prefix: prefix, name: "Key \(prefix)", isAdmin: prefix == "pm_admin",
            isActive: true, createdAt: createdAt)
    }

    private func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    @Test func `finds a key by its hash alone, with everything it was stored with`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresAPIKeyStore(database: fixture.database)
            var stored = key("pm_admin")
            stored.expiresAt = stored.createdAt.advanced(by: .seconds(60))
            try await store.insert(stored, hash: hash(1))
            #expect(try await store.key(hash: hash(1)) == stored)
            #expect(try await store.key(hash: hash(2)) == nil)
            await #expect(throws: DeviceStoreError.failed(sqlState: "23505")) {
                try await store.insert(key("pm_other"), hash: hash(1))
            }
        }
    }

    @Test func `writes a key as a statement for another database, whatever it is called`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresAPIKeyStore(database: fixture.database)
            var key = key("pm_admin")
            key.name = "Ana's \\ \"key\"; --"
            key.expiresAt = Timestamp(milliseconds: 1_895_170_600_123)
            let statement = PostgresAPIKeyStore.statement(inserting: key, hash: hash(7))
            for _ in 0..<2 {
                try await fixture.database.withConnection(within: .seconds(60)) { try await $0.run(script: statement) }
            }
            var stored = try #require(try await store.key(hash: hash(7)))
            stored.createdAt = key.createdAt
            #expect(stored == key)
            #expect(try await store.list().count == 1)
        }
    }

    @Test func `lists the newest first`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresAPIKeyStore(database: fixture.database)
            let now = Timestamp.now
            for age in [3, 1, 2] {
                try await store.insert(
                    key("pm_\(age)", createdAt: now.advanced(by: .seconds(-age))), hash: hash(UInt8(age)))
            }
            #expect(try await store.list().map(\.prefix) == ["pm_1", "pm_2", "pm_3"])
        }
    }

    @Test func `revokes by id or by prefix, once`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresAPIKeyStore(database: fixture.database)
            let keys = [key("pm_aaaaa"), key("pm_aaaaa"), key("pm_bbbbb")]
            for (index, key) in keys.enumerated() { try await store.insert(key, hash: hash(UInt8(index))) }
            let first = try await store.revoke(idOrPrefix: keys[2].id.description, at: .now)
            #expect(first.map(\.id) == [keys[2].id] && first.allSatisfy { !$0.isActive })
            #expect(try await store.revoke(idOrPrefix: keys[2].id.description, at: .now).isEmpty)
            #expect(
                Set(try await store.revoke(idOrPrefix: "pm_aaaaa", at: .now).map(\.id)) == Set(keys[..<2].map(\.id)))
            #expect(try await store.revoke(idOrPrefix: "pm_' OR true --", at: .now).isEmpty)
            #expect(try await store.key(hash: hash(0))?.isActive == false)
        }
    }

    @Test func `the latest use wins`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresAPIKeyStore(database: fixture.database)
            let used = key("pm_used")
            try await store.insert(used, hash: hash(1))
            let now = Timestamp.now
            try await store.touch([used.id: now, APIKeyID(.version7(at: now)): now])
            try await store.touch([used.id: now.advanced(by: .seconds(-5))])
            try await store.touch([:])
            #expect(try await store.key(hash: hash(1))?.lastUsedAt == now)
        }
    }
}
