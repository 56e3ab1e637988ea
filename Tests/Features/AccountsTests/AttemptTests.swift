import EventLoop
import HubTesting
import Model
import Testing

@testable import Accounts

/// How failures to sign in are counted; time is moved by hand.
@Suite(.timeLimit(.minutes(5)))
struct AttemptTests {
    private static let home = IPAddress(ipv4: 0xC000_0201)

    private func attempt(_ name: String = "ada", from address: IPAddress = home, free: Int = 3) -> SignInAttempt {
        SignInAttempt(.username(key: name), from: address, free: free)
    }

    @Test func `each failure past the free ones makes the next wait twice as long, up to a quarter of an hour`()
        async throws
    {
        try await AccountsFixture.with { (fixture: AccountsFixture) async throws in
            var now = AccountsFixture.noon
            for _ in 0..<3 { #expect(try await fixture.accounts.attempt(attempt(), at: now) == .zero) }
            for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
                let wait = Duration.seconds(expected)
                #expect(try await fixture.accounts.attempt(attempt(), at: now) == wait)
                // Asking costs nothing, and neither does coming a moment too early.
                let early = now.advanced(by: wait - .milliseconds(1))
                #expect(try await fixture.accounts.attempt(attempt(), at: early) == .milliseconds(1))
                now = now.advanced(by: wait)
                #expect(try await fixture.accounts.attempt(attempt(), at: now) == .zero)
            }
        }
    }

    @Test func `many at once are no more than one after the other`() async throws {
        try await AccountsFixture.with { (fixture: AccountsFixture) async throws in
            let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await fixture.accounts.attempt(attempt(free: 5), at: AccountsFixture.noon) == .zero
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(admitted == 5)
        }
    }

    @Test func `of two at once the one that began first may be counted last`() async throws {
        try await AccountsFixture.with { (fixture: AccountsFixture) async throws in
            let now = AccountsFixture.noon
            #expect(try await fixture.accounts.attempt(attempt(), at: now.advanced(by: .milliseconds(5))) == .zero)
            #expect(try await fixture.accounts.attempt(attempt(), at: now) == .zero)
        }
    }

    @Test func `a success forgets the failures before it, and a day does`() async throws {
        try await AccountsFixture.with { (fixture: AccountsFixture) async throws in
            let now = AccountsFixture.noon
            for _ in 0..<3 { _ = try await fixture.accounts.attempt(attempt(), at: now) }
            #expect(try await fixture.accounts.attempt(attempt(), at: now) > .zero)
            try await fixture.accounts.forget(attempt())
            for _ in 0..<3 { #expect(try await fixture.accounts.attempt(attempt(), at: now) == .zero) }
            let tomorrow = now.advanced(by: .seconds(86_401))
            for _ in 0..<3 { #expect(try await fixture.accounts.attempt(attempt(), at: tomorrow) == .zero) }
            #expect(try await fixture.accounts.attempt(attempt(), at: tomorrow) == .seconds(1))
        }
    }

    @Test func `who guesses from one network makes nobody else wait, until many do`() async throws {
        try await AccountsFixture.with { (fixture: AccountsFixture) async throws in
            let now = AccountsFixture.noon
            for host in 0..<10 {
                for _ in 0..<3 {
                    let address = IPAddress(ipv4: 0xCB00_7100 + UInt32(host))
                    #expect(try await fixture.accounts.attempt(attempt(from: address), at: now) == .zero)
                }
            }
            // Thirty failures are what three free ones are from everywhere.
            #expect(try await fixture.accounts.attempt(attempt(), at: now) == .seconds(1))
            #expect(try await fixture.accounts.attempt(attempt("bob"), at: now) == .zero)
        }
    }

    @Test func `addresses of one IPv6 subscriber are one network`() {
        let first = attempt(from: IPAddress(ipv6: 0x2001_0db8_0000_0001, 1))
        let second = attempt(from: IPAddress(ipv6: 0x2001_0db8_0000_0001, 2))
        let other = attempt(from: IPAddress(ipv6: 0x2001_0db8_0000_0002, 1))
        #expect(first.subjects.map(\.hash) == second.subjects.map(\.hash))
        #expect(first.subjects.map(\.hash) != other.subjects.map(\.hash))
    }
}
