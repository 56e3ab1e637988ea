import Crypto
import HubTesting
import Model
import Persistence
import Telemetry
import Testing
import Tokens
import Wire

@testable import Accounts

@Suite struct `Signing keys` {
    private static let day = Duration.seconds(86_400)
    private let user = UserID(UniqueID(high: 1, low: 2))
    private let signIn = SignInID(UniqueID(high: 3, low: 4))

    /// One hub's view of the keys.
    private struct Hub {
        let clock: ManualClock
        let keyring: SigningKeyring
        let tokens: AccessTokens
        let user: UserID
        let signIn: SignInID

        func issue() async throws -> IssuedToken {
            await keyring.refresh()
            return try tokens.issue(user: user, signIn: signIn, version: 1, at: clock.now)
        }

        /// The name of the key that signs now.
        func signer() async -> String? {
            await keyring.refresh()
            return keyring.keys.snapshot.signing?.id
        }
    }

    private func hub(
        _ fixture: AccountsFixture, _ master: SealingKey, clock: ManualClock, rotation: Duration = day * 30
    ) -> Hub {
        let keyring = SigningKeyring(
            store: SigningKeyStore(database: fixture.database), master: master, rotation: rotation, clock: clock,
            log: TestPostgres.log)
        return Hub(
            clock: clock, keyring: keyring,
            tokens: AccessTokens(issuer: "test", lifetime: .seconds(900), keys: keyring.keys), user: user,
            signIn: signIn)
    }

    private func master(_ byte: UInt8) throws -> SealingKey {
        try #require(SealingKey([UInt8](repeating: byte, count: 32)))
    }

    @Test func `the first hub makes a key and the next one shares it`() async throws {
        try await AccountsFixture.with { fixture in
            let clock = ManualClock()
            let first = hub(fixture, try master(1), clock: clock)
            let second = hub(fixture, try master(1), clock: clock)
            let token = try await first.issue()
            #expect(await second.signer() == first.signer())
            _ = try second.tokens.verify(token.text, at: clock.now)
            #expect(try await fixture.count("SELECT count(*) FROM accounts.signing_keys") == 1)
        }
    }

    @Test func `many hubs that start at once agree at once`() async throws {
        try await AccountsFixture.with { fixture in
            let clock = ManualClock()
            let master = try master(1)
            let hubs = (0..<8).map { _ in hub(fixture, master, clock: clock) }
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for hub in hubs { group.addTask { try await hub.issue().text } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // Of what each has read for its own token, and nothing more.
            for hub in hubs { for token in tokens { _ = try hub.tokens.verify(token, at: clock.now) } }
            #expect(Set(hubs.map(\.keyring.keys.snapshot.signing?.id)).count == 1)
            #expect(try await SigningKeyStore(database: fixture.database).all().count == 1)
        }
    }

    @Test func `of first keys that are added at once one is kept`() async throws {
        try await AccountsFixture.with { fixture in
            let store = SigningKeyStore(database: fixture.database)
            let master = try master(1)
            let now = ManualClock().now
            for _ in 0..<50 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            try await store.add(SigningKeyRow(sealing: master, at: now, from: now), after: nil)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await store.all().count == 1)
                try await fixture.query("DELETE FROM accounts.signing_keys")
            }
        }
    }

    @Test func `the next key is published a day before it signs, and the old one checks on`() async throws {
        try await AccountsFixture.with { fixture in
            let clock = ManualClock()
            let hub = hub(fixture, try master(1), clock: clock)
            let old = try #require(await hub.signer())
            clock.advance(by: Self.day * 29 - .seconds(60))
            #expect(await hub.keyring.publishedKeys()["keys"]?.array?.count == 1)
            clock.advance(by: .seconds(120))
            #expect(await hub.keyring.publishedKeys()["keys"]?.array?.count == 2)
            #expect(await hub.signer() == old)
            clock.advance(by: Self.day - .seconds(90))
            let last = try await hub.issue()
            clock.advance(by: .seconds(180))
            let new = try #require(await hub.signer())
            #expect(new != old)
            _ = try hub.tokens.verify(last.text, at: clock.now)
            _ = try hub.tokens.verify(try await hub.issue().text, at: clock.now)
        }
    }

    @Test func `a superseded key goes two days after its successor's turn, and its tokens with it`() async throws {
        try await AccountsFixture.with { fixture in
            let clock = ManualClock()
            let hub = hub(fixture, try master(1), clock: clock)
            let store = SigningKeyStore(database: fixture.database)
            let token = try await hub.issue()
            clock.advance(by: Self.day * 29 + .seconds(60))
            await hub.keyring.refresh()
            clock.advance(by: Self.day * 3 - .seconds(120))
            #expect(try await store.removeSuperseded(at: clock.now) == 0)
            clock.advance(by: .seconds(120))
            #expect(try await store.removeSuperseded(at: clock.now) == 1)
            await hub.keyring.refresh()
            #expect(throws: TokenFault.unknownKey) { try hub.tokens.verify(token.text, at: clock.now) }
            _ = try hub.tokens.verify(try await hub.issue().text, at: clock.now)
        }
    }

    @Test func `the only key is never removed, however old, while a hub still makes its next`() async throws {
        try await AccountsFixture.with { fixture in
            let clock = ManualClock()
            let hub = hub(fixture, try master(1), clock: clock)
            _ = try await hub.issue()
            clock.advance(by: Self.day * 390)
            #expect(try await SigningKeyStore(database: fixture.database).removeSuperseded(at: clock.now) == 0)
            _ = try hub.tokens.verify(try await hub.issue().text, at: clock.now)
        }
    }

    @Test func `hubs with different master keys sign with their own and check each other's`() async throws {
        try await AccountsFixture.with { fixture in
            let clock = ManualClock()
            let first = hub(fixture, try master(1), clock: clock)
            let second = hub(fixture, try master(2), clock: clock)
            let one = try await first.issue()
            let other = try await second.issue()
            #expect(await first.signer() != second.signer())
            _ = try second.tokens.verify(one.text, at: clock.now)
            #expect(throws: TokenFault.unknownKey) { try first.tokens.verify(other.text, at: clock.now) }
            await first.keyring.refreshForUnknownKey()
            #expect(throws: TokenFault.unknownKey) { try first.tokens.verify(other.text, at: clock.now) }
            clock.advance(by: .seconds(4))
            await first.keyring.refreshForUnknownKey()
            _ = try first.tokens.verify(other.text, at: clock.now)
        }
    }

    @Test func `a damaged key is replaced and the database holds no private half in the clear`() async throws {
        try await AccountsFixture.with { fixture in
            let clock = ManualClock()
            let hub = hub(fixture, try master(1), clock: clock)
            let old = try #require(await hub.signer())
            let seed = try #require(hub.keyring.keys.snapshot.signing?.key.seed)
            let rows = try await SigningKeyStore(database: fixture.database).all()
            #expect(rows.count == 1)
            #expect(!Hexadecimal.encode(rows[0].sealedKey).contains(Hexadecimal.encode(seed)))
            try await fixture.query(
                "UPDATE accounts.signing_keys SET sealed_key = set_byte(sealed_key, 20, get_byte(sealed_key, 20) # 1)")
            clock.advance(by: .seconds(60))
            let new = try #require(await hub.signer())
            #expect(new != old)
        }
    }

    @Test func `while Postgres is away the known keys serve`() async throws {
        try await AccountsFixture.with { fixture in
            let clock = ManualClock()
            let hub = hub(fixture, try master(1), clock: clock)
            _ = try await hub.issue()
            try await fixture.query("ALTER TABLE accounts.signing_keys RENAME TO away")
            clock.advance(by: .seconds(60))
            _ = try hub.tokens.verify(try await hub.issue().text, at: clock.now)
        }
    }
}
