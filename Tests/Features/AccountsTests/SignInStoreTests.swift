import EventLoop
import HubTesting
import Model
import Persistence
import Testing

@testable import Accounts

@Suite(.timeLimit(.minutes(5)))
struct SignInStoreTests {
    private let noon = AccountsFixture.noon

    @Test func `a refresh token works once, and renews the sign-in`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, start) = try await fixture.register(lasting: .seconds(100))
            let later = noon.advanced(by: .seconds(99))
            let successor = RefreshToken.make()
            let rotation = try await fixture.signIns.rotate(
                start.refreshToken, to: successor, at: later, expiresAt: later.advanced(by: .seconds(100)),
                by: SignInClient(address: "192.0.2.2", userAgent: "test"))
            #expect(rotation == .rotated(account, start.id))
            #expect(try await fixture.isLive(start.id, at: later.advanced(by: .seconds(99))))
            let listed = try await fixture.signIns.list(of: account.id, after: nil, limit: 10, at: later)
            #expect(listed.map(\.lastUsedAt) == [later])
            #expect(listed.map(\.client) == [SignInClient(address: "192.0.2.2", userAgent: "test")])
            let again = try await fixture.rotate(successor, at: later)
            #expect(again.isRotated)
        }
    }

    @Test func `a refresh token that comes a second time ends its sign-in and no other`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, start) = try await fixture.register()
            let other = AccountsFixture.start()
            _ = try await fixture.signIns.begin(other, of: account, limit: 20, forgetting: nil)
            let successor = RefreshToken.make()
            #expect(try await fixture.rotate(start.refreshToken, to: successor).isRotated)
            #expect(try await fixture.rotate(start.refreshToken) == .reused(start.id))
            // Neither thief nor victim has anything left.
            #expect(try await fixture.rotate(successor) == .refused)
            #expect(try await fixture.signIns.state(of: start.id) == nil)
            #expect(try await fixture.rotate(other.refreshToken).isRotated)
        }
    }

    @Test(arguments: 0..<5)
    func `of two who use one token at the same time one gets another, and the sign-in ends`(round: Int) async throws {
        try await AccountsFixture.with { fixture in
            let (_, start) = try await fixture.register()
            async let first = fixture.rotate(start.refreshToken)
            async let second = fixture.rotate(start.refreshToken)
            let outcomes = [try await first, try await second]
            #expect(outcomes.count(where: \.isRotated) == 1)
            #expect(outcomes.contains(.reused(start.id)))
            #expect(try await fixture.signIns.state(of: start.id) == nil)
        }
    }

    @Test func `a token whose time is over, or that nobody was given, is refused and ends nothing`() async throws {
        try await AccountsFixture.with { fixture in
            let (_, start) = try await fixture.register(lasting: .seconds(10))
            #expect(try await fixture.rotate(.make()) == .refused)
            let end = noon.advanced(by: .seconds(10))
            #expect(try await fixture.rotate(start.refreshToken, at: end) == .refused)
            let before = noon.advanced(by: .milliseconds(9999))
            #expect(try await fixture.rotate(start.refreshToken, at: before).isRotated)
        }
    }

    @Test func `one sign-in too many ends the one that was not used for longest`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, first) = try await fixture.register()
            var starts = [first]
            for number in 1...3 {
                let start = AccountsFixture.start(at: noon.advanced(by: .seconds(number)))
                #expect(try await fixture.signIns.begin(start, of: account, limit: 4, forgetting: nil) == [])
                starts.append(start)
            }
            // The first is used again; the second is the oldest now.
            #expect(try await fixture.rotate(first.refreshToken, at: noon.advanced(by: .seconds(5))).isRotated)
            let fifth = AccountsFixture.start(at: noon.advanced(by: .seconds(6)))
            #expect(try await fixture.signIns.begin(fifth, of: account, limit: 4, forgetting: nil) == [starts[1].id])
            #expect(try await fixture.signIns.state(of: starts[1].id) == nil)
            #expect(try await fixture.signIns.state(of: first.id) != nil)
        }
    }

    @Test func `many sign-ins at once stay within the limit`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, _) = try await fixture.register()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let start = AccountsFixture.start(at: noon.advanced(by: .milliseconds(number)))
                        _ = try await fixture.signIns.begin(start, of: account, limit: 5, forgetting: nil)
                    }
                }
                try await group.waitForAll()
            }
            #expect(
                try await fixture.count("SELECT count(*) FROM accounts.sign_ins WHERE ended_at IS NULL") == 5)
        }
    }

    @Test func `sign-ins are listed page by page, the newest first, and only live ones`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, first) = try await fixture.register()
            let (_, stranger) = try await fixture.register("bob")
            var ids = [first.id]
            for number in 1...4 {
                let start = AccountsFixture.start(at: noon.advanced(by: .seconds(number)))
                _ = try await fixture.signIns.begin(start, of: account, limit: 20, forgetting: nil)
                ids.insert(start.id, at: 0)
            }
            #expect(try await fixture.signIns.end(ids[1], of: account.id, at: noon))
            let page = try await fixture.signIns.list(of: account.id, after: nil, limit: 3, at: noon)
            #expect(page.map(\.id) == [ids[0], ids[2], ids[3]])
            let rest = try await fixture.signIns.list(of: account.id, after: page[2].id, limit: 3, at: noon)
            #expect(rest.map(\.id) == [ids[4]])
            // One's own alone, and once.
            #expect(try await !fixture.signIns.end(stranger.id, of: account.id, at: noon))
            #expect(try await !fixture.signIns.end(ids[1], of: account.id, at: noon))
            #expect(
                try await fixture.signIns.endAll(of: account.id, but: ids[0], at: noon) == Set(ids.dropFirst(2)))
        }
    }

    @Test func `ended, expired and disabled sign-ins are told from live ones`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, live) = try await fixture.register()
            let ended = AccountsFixture.start()
            let brief = AccountsFixture.start(lasting: .seconds(1))
            for start in [ended, brief] {
                _ = try await fixture.signIns.begin(start, of: account, limit: 20, forgetting: nil)
            }
            #expect(try await fixture.signIns.end(ended.refreshToken, at: noon) == ended.id)
            let unknown = AccountsFixture.start().id
            let asked: Set = [live.id, ended.id, brief.id, unknown]
            let later = noon.advanced(by: .seconds(1))
            #expect(try await fixture.signIns.ended(among: asked, at: noon) == [ended.id, unknown])
            #expect(try await fixture.signIns.ended(among: asked, at: later) == [ended.id, brief.id, unknown])
            try await fixture.query("UPDATE accounts.credentials SET disabled_at = now()")
            #expect(try await fixture.signIns.ended(among: asked, at: noon) == asked)
            #expect(try await fixture.signIns.state(of: live.id) == nil)
            #expect(try await fixture.rotate(live.refreshToken) == .refused)
        }
    }

    @Test func `what a client says of its device changes member by member`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, start) = try await fixture.register()
            var change = SignInDeviceChange(name: "Phone", pushToken: "abc")
            var device = try await fixture.signIns.change(change, of: start.id, by: account.id)
            #expect(device == SignInDevice(name: "Phone", pushToken: "abc"))
            change = SignInDeviceChange(platform: "ios", pushToken: .some(nil))
            device = try await fixture.signIns.change(change, of: start.id, by: account.id)
            #expect(device == SignInDevice(name: "Phone", platform: "ios"))
            _ = try await fixture.signIns.end(start.id, of: account.id, at: noon)
            #expect(try await fixture.signIns.change(change, of: start.id, by: account.id) == nil)
        }
    }

    @Test func `what is over is swept up, and what is not stays`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, start) = try await fixture.register(lasting: .seconds(100))
            let ended = AccountsFixture.start()
            _ = try await fixture.signIns.begin(ended, of: account, limit: 20, forgetting: nil)
            _ = try await fixture.signIns.end(ended.id, of: account.id, at: noon)
            #expect(try await fixture.rotate(start.refreshToken).isRotated)
            let attempt = SignInAttempt(account.id, from: .loopback, free: 3)
            _ = try await fixture.accounts.attempt(attempt, at: noon)
            let upkeep = AccountUpkeep(database: fixture.database)
            let soon = noon.advanced(by: .seconds(1))
            #expect(try await upkeep.removeSignIns(expiredBefore: soon) == 1)
            #expect(try await upkeep.removeTokens(expiredBefore: soon) == 0)
            #expect(try await upkeep.removeTokens(expiredBefore: noon.advanced(by: .seconds(101))) == 1)
            #expect(try await upkeep.removeAttempts(before: noon) == 0)
            #expect(try await upkeep.removeAttempts(before: soon) == 2)
            #expect(try await fixture.isLive(start.id))
        }
    }
}

extension AccountsFixture {
    /// Uses a refresh token; its successor lasts an hour.
    func rotate(
        _ token: RefreshToken, to successor: RefreshToken = .make(), at now: Timestamp = noon
    ) async throws -> PostgresSignInStore.Rotation {
        try await signIns.rotate(
            token, to: successor, at: now, expiresAt: now.advanced(by: .seconds(3600)),
            by: SignInClient(address: "192.0.2.1"))
    }
}

extension PostgresSignInStore.Rotation {
    var isRotated: Bool { if case .rotated = self { true } else { false } }
}
