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
            #expect(
                rotation
                    == .rotated(
                        .init(
                            account: account, hasSecondFactor: false, signIn: start.id, refreshToken: successor)))
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
            #expect(try await fixture.rotate(start.refreshToken, from: "192.0.2.9") == .reused(start.id))
            // What is over is not reused another time.
            #expect(try await fixture.rotate(start.refreshToken, from: "192.0.2.9") == .refused)
            // Neither thief nor victim has anything left.
            #expect(try await fixture.rotate(successor) == .refused)
            #expect(try await fixture.signIns.state(of: start.id) == nil)
            #expect(try await fixture.rotate(other.refreshToken).isRotated)
        }
    }

    @Test(arguments: 0..<5)
    func `of two places that use one token at the same time one gets another, and the sign-in ends`(
        round: Int
    ) async throws {
        try await AccountsFixture.with { fixture in
            let (_, start) = try await fixture.register()
            async let first = fixture.rotate(start.refreshToken)
            async let second = fixture.rotate(start.refreshToken, from: "192.0.2.9")
            let outcomes = [try await first, try await second]
            #expect(outcomes.count(where: \.isRotated) == 1)
            #expect(outcomes.contains(.reused(start.id)))
            #expect(try await fixture.signIns.state(of: start.id) == nil)
        }
    }

    @Test(arguments: 0..<5)
    func `of two uses of one token at the same time by one client both get the same successor`(round: Int) async throws
    {
        try await AccountsFixture.with { fixture in
            let (_, start) = try await fixture.register()
            async let first = fixture.rotate(start.refreshToken)
            async let second = fixture.rotate(start.refreshToken)
            let outcomes = [try await first, try await second]
            #expect(outcomes.count(where: \.isRotated) == 1)
            #expect(outcomes.count(where: \.isRepeated) == 1)
            let successor = try #require(outcomes[0].renewal?.refreshToken)
            #expect(outcomes[1].renewal?.refreshToken == successor)
            #expect(try await fixture.rotate(successor).isRotated)
        }
    }

    @Test func `a client that lost the answer gets it again, until it has used what it was answered`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, start) = try await fixture.register()
            let successor = RefreshToken.make()
            #expect(try await fixture.rotate(start.refreshToken, to: successor).isRotated)
            let later = noon.advanced(by: PostgresSignInStore.grace).advanced(by: .milliseconds(-1))
            for _ in 0..<2 {
                let again = try await fixture.rotate(start.refreshToken, at: later)
                #expect(
                    again
                        == .repeated(
                            .init(
                                account: account, hasSecondFactor: false, signIn: start.id, refreshToken: successor)))
            }
            #expect(try await fixture.rotate(successor, at: later).isRotated)
            // Its answer arrived, as the use of the successor shows: this is a copy.
            #expect(try await fixture.rotate(start.refreshToken, at: later) == .reused(start.id))
            #expect(try await fixture.signIns.state(of: start.id) == nil)
        }
    }

    @Test(arguments: ["later", "address", "user agent"])
    func `a spent token is answered again to nobody else and no later`(difference: String) async throws {
        try await AccountsFixture.with { fixture in
            let (_, start) = try await fixture.register()
            #expect(try await fixture.rotate(start.refreshToken, agent: "one").isRotated)
            let again = try await fixture.rotate(
                start.refreshToken,
                at: difference == "later" ? noon.advanced(by: PostgresSignInStore.grace) : noon,
                from: difference == "address" ? "192.0.2.9" : "192.0.2.1",
                agent: difference == "user agent" ? nil : "one")
            #expect(again == .reused(start.id))
        }
    }

    @Test func `nothing is answered again of a sign-in that has ended or an account that was shut`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, start) = try await fixture.register()
            #expect(try await fixture.rotate(start.refreshToken).isRotated)
            _ = try await fixture.signIns.end(start.id, of: account.id, at: noon)
            #expect(try await fixture.rotate(start.refreshToken) == .refused)
            let (_, other) = try await fixture.register("bob")
            #expect(try await fixture.rotate(other.refreshToken).isRotated)
            try await fixture.query("UPDATE accounts.credentials SET disabled_at = now()")
            #expect(try await fixture.rotate(other.refreshToken).renewal == nil)
        }
    }

    @Test func `a successor is opened by the token before it and by no other`() throws {
        let (token, successor) = (RefreshToken.make(), RefreshToken.make())
        let sealed = token.seal(successor)
        #expect(token.open(sealed) == successor)
        #expect(successor.open(sealed) == nil)
        #expect(RefreshToken(String(repeating: "!", count: 43)) == nil)
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
        _ token: RefreshToken, to successor: RefreshToken = .make(), at now: Timestamp = noon,
        from address: String = "192.0.2.1", agent: String? = nil
    ) async throws -> PostgresSignInStore.Rotation {
        try await signIns.rotate(
            token, to: successor, at: now, expiresAt: now.advanced(by: .seconds(3600)),
            by: SignInClient(address: address, userAgent: agent))
    }
}

extension PostgresSignInStore.Rotation {
    var isRotated: Bool { if case .rotated = self { true } else { false } }
    var isRepeated: Bool { if case .repeated = self { true } else { false } }

    /// What is answered, once or again.
    var renewal: PostgresSignInStore.Renewal? {
        switch self {
        case .rotated(let renewal), .repeated(let renewal): renewal
        case .reused, .refused: nil
        }
    }
}
