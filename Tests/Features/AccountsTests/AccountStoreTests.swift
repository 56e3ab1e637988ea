import HubTesting
import Model
import Persistence
import Testing

@testable import Accounts

@Suite(.timeLimit(.minutes(5)))
struct AccountStoreTests {
    @Test func `somebody who registers is found by address, name and id, and has signed in`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, start) = try await fixture.register("ada")
            #expect(account.username == "ada" && account.tokenVersion == 1 && account.provider == "local")
            #expect(!account.isEmailVerified && !account.isDisabled)
            #expect(try await fixture.accounts.account(.email(key: "ada@example.org")) == account)
            #expect(try await fixture.accounts.account(.username(key: "ada")) == account)
            #expect(try await fixture.accounts.account(.username(key: "bob")) == nil)
            let state = try await fixture.signIns.state(of: start.id)
            #expect(
                state == SignInState(user: account.id, tokenVersion: 1, expiresAt: start.expiresAt))
            #expect(try await fixture.count("SELECT count(*) FROM accounts.refresh_tokens") == 1)
        }
    }

    @Test func `an address or a name that is taken makes no account`() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register("ada")
            var sameEmail = AccountsFixture.person("bob")
            sameEmail.emailKey = "ada@example.org"
            await #expect(throws: AccountStoreError.duplicateEmail) {
                try await fixture.accounts.register(sameEmail, AccountsFixture.start())
            }
            var sameName = AccountsFixture.person("bob")
            sameName.usernameKey = "ada"
            await #expect(throws: AccountStoreError.duplicateUsername) {
                try await fixture.accounts.register(sameName, AccountsFixture.start())
            }
            for table in ["core.users", "accounts.credentials", "accounts.sign_ins", "accounts.refresh_tokens"] {
                #expect(try await fixture.count("SELECT count(*) FROM \(table)") == 1)
            }
        }
    }

    @Test func `of many who register the same name at once one gets it`() async throws {
        try await AccountsFixture.with { (fixture: AccountsFixture) async throws in
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        var person = AccountsFixture.person("person\(number)")
                        if number % 2 == 0 { person.usernameKey = "ada" } else { person.emailKey = "ada@example.org" }
                        do {
                            _ = try await fixture.accounts.register(person, AccountsFixture.start())
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(outcomes == 2)
            #expect(try await fixture.count("SELECT count(*) FROM core.users") == 2)
        }
    }

    @Test func `a changed password raises the version and ends every sign-in but the one that stays`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, first) = try await fixture.register()
            let second = AccountsFixture.start()
            _ = try await fixture.signIns.begin(second, of: account, limit: 20, forgetting: nil)
            let hash = String(repeating: "y", count: 40)
            let ended = try await fixture.accounts.changePassword(
                of: account.id, version: 1, to: hash, keeping: second.id, at: AccountsFixture.noon)
            #expect(ended == [first.id])
            #expect(try await fixture.signIns.state(of: first.id) == nil)
            #expect(try await fixture.signIns.state(of: second.id)?.tokenVersion == 2)
            #expect(try await fixture.accounts.account(account.id)?.passwordHash == hash)
            // Whoever compared with the old one has been overtaken: by a change, or by a sign-in.
            let late = try await fixture.accounts.changePassword(
                of: account.id, version: 1, to: String(repeating: "z", count: 40), keeping: nil,
                at: AccountsFixture.noon)
            #expect(late == nil)
            let lateStart = AccountsFixture.start()
            #expect(try await fixture.signIns.begin(lateStart, of: account, limit: 20, forgetting: nil) == nil)
            #expect(try await fixture.signIns.state(of: lateStart.id) == nil)
            // A reset ends all.
            let all = try await fixture.accounts.changePassword(
                of: account.id, version: nil, to: hash, keeping: nil, at: AccountsFixture.noon)
            #expect(all == [second.id])
        }
    }

    @Test func `a hash is only replaced while it is of the same password`() async throws {
        try await AccountsFixture.with { fixture in
            let (account, _) = try await fixture.register()
            _ = try await fixture.accounts.changePassword(
                of: account.id, version: 1, to: String(repeating: "y", count: 40), keeping: nil,
                at: AccountsFixture.noon)
            try await fixture.accounts.rehash(account, as: String(repeating: "z", count: 40))
            #expect(
                try await fixture.accounts.account(account.id)?.passwordHash == String(repeating: "y", count: 40))
        }
    }

    @Test func `names change each by itself, and not to one that is taken`() async throws {
        try await AccountsFixture.with { fixture in
            let (ada, _) = try await fixture.register("ada")
            _ = try await fixture.register("bob")
            let later = AccountsFixture.noon.advanced(by: .seconds(1))
            #expect(
                try await fixture.accounts.changeProfile(of: ada.id, displayName: "Ada L.", username: nil, at: later))
            await #expect(throws: AccountStoreError.duplicateUsername) {
                _ = try await fixture.accounts.changeProfile(
                    of: ada.id, displayName: "Other", username: ("Bob", "bob"), at: later)
            }
            #expect(
                try await fixture.accounts.changeProfile(
                    of: ada.id, displayName: nil, username: ("Ada2", "ada2"), at: later))
            let changed = try #require(try await fixture.accounts.account(ada.id))
            #expect(changed.displayName == "Ada L." && changed.username == "Ada2")
            let nobody = UserID(.version7(at: later))
            #expect(
                try await !fixture.accounts.changeProfile(of: nobody, displayName: "X", username: nil, at: later))
        }
    }
}
