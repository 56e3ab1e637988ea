import Crypto
import HubTesting
import Model
import Persistence
import Testing

@testable import Accounts

@Suite struct `Second factors` {
    /// Somebody with a factor on a database of their own.
    private struct Setting {
        let fixture: AccountsFixture
        let factors: SecondFactors
        let user: UserID
        let clock = ManualClock()
        var secret: [UInt8] = []
        var codes: [RecoveryCode] = []

        func code(_ offset: Int64 = 0) -> String {
            OneTimePassword.code(of: secret, step: OneTimePassword.step(at: clock.now) + offset)
        }

        /// Six digits that are no code about now.
        func wrongCode() -> String {
            let right = (Int64(-1)...1).map(code)
            return (0..<10).map { String(repeating: String($0), count: 6) }.first { !right.contains($0) } ?? ""
        }

        func check(_ code: String) async throws -> SecondFactorVerdict {
            try await factors.check(code, of: user, at: clock.now)
        }
    }

    private func with(isConfirmed: Bool = true, _ body: (inout Setting) async throws -> Void) async throws {
        try await AccountsFixture.with { fixture in
            let master = try #require(SealingKey([UInt8](repeating: 1, count: 32)))
            let user = try await fixture.register().account.id
            var setting = Setting(
                fixture: fixture, factors: SecondFactors(database: fixture.database, master: master), user: user)
            let begun = try #require(try await setting.factors.begin(for: user, at: setting.clock.now))
            (setting.secret, setting.codes) = begun
            if isConfirmed {
                #expect(try await setting.factors.confirm(setting.code(), of: user, at: setting.clock.now) == .accepted)
                setting.clock.advance(by: .seconds(30))
            }
            try await body(&setting)
        }
    }

    @Test func `it counts from its first code and not before`() async throws {
        try await with(isConfirmed: false) { (setting: inout Setting) async throws in
            #expect(try await !setting.factors.isOn(for: setting.user))
            #expect(try await setting.check(setting.code()) == .notSet)
            #expect(try await setting.check(setting.codes[0].text) == .notSet)
            #expect(
                try await setting.factors.confirm(setting.wrongCode(), of: setting.user, at: setting.clock.now)
                    == .refused)
            #expect(
                try await setting.factors.confirm(setting.codes[0].text, of: setting.user, at: setting.clock.now)
                    == .refused)
            #expect(try await !setting.factors.isOn(for: setting.user))
            #expect(
                try await setting.factors.confirm(setting.code(), of: setting.user, at: setting.clock.now) == .accepted)
            #expect(try await setting.factors.isOn(for: setting.user))
            #expect(
                try await setting.factors.confirm(setting.code(1), of: setting.user, at: setting.clock.now) == .notSet)
        }
    }

    @Test func `beginning again replaces what was not confirmed`() async throws {
        try await with(isConfirmed: false) { (setting: inout Setting) async throws in
            let first = setting.code()
            let firstCode = setting.codes[0]
            (setting.secret, setting.codes) = try #require(
                try await setting.factors.begin(for: setting.user, at: setting.clock.now))
            #expect(setting.codes.count == 10)
            #expect(
                try await setting.factors.confirm(setting.code(), of: setting.user, at: setting.clock.now) == .accepted)
            setting.clock.advance(by: .seconds(30))
            if first != setting.code() { #expect(try await setting.check(first) == .refused) }
            #expect(try await setting.check(firstCode.text) == .refused)
            #expect(try await setting.check(setting.codes[0].text) == .accepted)
        }
    }

    @Test func `one that is on is not replaced`() async throws {
        try await with { (setting: inout Setting) async throws in
            #expect(try await setting.factors.begin(for: setting.user, at: setting.clock.now) == nil)
            #expect(try await setting.check(setting.code()) == .accepted)
            #expect(try await setting.check(setting.codes[9].text) == .accepted)
        }
    }

    @Test func `a code works once, and none before it`() async throws {
        try await with { (setting: inout Setting) async throws in
            let (earlier, code) = (setting.code(-1), setting.code())
            #expect(try await setting.check(code) == .accepted)
            #expect(try await setting.check(code) == .refused)
            #expect(try await setting.check(earlier) == .refused)
            setting.clock.advance(by: .seconds(30))
            #expect(try await setting.check(setting.code()) == .accepted)
        }
    }

    @Test func `of many who show the same code at once, one is let in`() async throws {
        try await with { (setting: inout Setting) async throws in
            // More than may guess at once would lock it.
            let (factors, user, code, now) = (setting.factors, setting.user, setting.code(), setting.clock.now)
            let verdicts = try await withThrowingTaskGroup(of: SecondFactorVerdict.self) { group in
                for _ in 0..<4 { group.addTask { try await factors.check(code, of: user, at: now) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(verdicts.filter { $0 == .accepted }.count == 1)
        }
    }

    @Test func `the sixth guess is not looked at, even if it is right`() async throws {
        try await with { (setting: inout Setting) async throws in
            for _ in 0..<5 { #expect(try await setting.check(setting.wrongCode()) == .refused) }
            #expect(try await setting.check(setting.code()) == .locked(for: .seconds(30)))
            #expect(try await setting.check(setting.codes[0].text) == .locked(for: .seconds(30)))
            setting.clock.advance(by: .seconds(29))
            #expect(try await setting.check(setting.code()) == .locked(for: .seconds(1)))
            setting.clock.advance(by: .seconds(1))
            #expect(try await setting.check(setting.code()) == .accepted)
        }
    }

    @Test func `each wrong guess after that locks it twice as long, up to an hour`() async throws {
        try await with { (setting: inout Setting) async throws in
            for _ in 0..<5 { #expect(try await setting.check(setting.wrongCode()) == .refused) }
            for seconds in [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
                let verdict = try await setting.check(setting.wrongCode())
                #expect(verdict == .locked(for: .seconds(seconds)))
                setting.clock.advance(by: .seconds(seconds))
                #expect(try await setting.check(setting.wrongCode()) == .refused)
            }
        }
    }

    @Test func `a right code forgets the wrong ones before it`() async throws {
        try await with { (setting: inout Setting) async throws in
            for _ in 0..<3 {
                for _ in 0..<4 { #expect(try await setting.check(setting.wrongCode()) == .refused) }
                #expect(try await setting.check(setting.code()) == .accepted)
                setting.clock.advance(by: .seconds(30))
            }
        }
    }

    @Test func `guesses at the same time are as many guesses`() async throws {
        try await with { (setting: inout Setting) async throws in
            let (factors, user, wrong, now) = (setting.factors, setting.user, setting.wrongCode(), setting.clock.now)
            let verdicts = try await withThrowingTaskGroup(of: SecondFactorVerdict.self) { group in
                for _ in 0..<20 { group.addTask { try await factors.check(wrong, of: user, at: now) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(verdicts.filter { $0 == .refused }.count == 5)
            #expect(verdicts.filter { $0 == .locked(for: .seconds(30)) }.count == 15)
        }
    }

    @Test func `each recovery code works once`() async throws {
        try await with { (setting: inout Setting) async throws in
            for code in setting.codes {
                #expect(try await setting.check(code.text.lowercased()) == .accepted)
                #expect(try await setting.check(code.text) == .refused)
            }
            #expect(try await setting.fixture.count("SELECT count(*) FROM accounts.recovery_codes") == 0)
        }
    }

    @Test func `new recovery codes end the old ones`() async throws {
        try await with { (setting: inout Setting) async throws in
            let codes = try #require(try await setting.factors.renewCodes(of: setting.user))
            #expect(codes.count == 10)
            #expect(try await setting.check(setting.codes[0].text) == .refused)
            #expect(try await setting.check(codes[0].text) == .accepted)
        }
    }

    @Test func `without a factor there are no codes to renew`() async throws {
        try await with(isConfirmed: false) { (setting: inout Setting) async throws in
            #expect(try await setting.factors.renewCodes(of: setting.user) == nil)
            try await setting.factors.remove(of: setting.user)
            #expect(try await setting.factors.renewCodes(of: setting.user) == nil)
            #expect(try await setting.check("123456") == .notSet)
        }
    }

    @Test func `taking it away takes its codes along`() async throws {
        try await with { (setting: inout Setting) async throws in
            try await setting.factors.remove(of: setting.user)
            #expect(try await !setting.factors.isOn(for: setting.user))
            #expect(try await setting.fixture.count("SELECT count(*) FROM accounts.recovery_codes") == 0)
        }
    }

    @Test func `another's recovery code opens nothing`() async throws {
        try await with { (setting: inout Setting) async throws in
            let other = try await setting.fixture.register("bob").account.id
            _ = try #require(try await setting.factors.begin(for: other, at: setting.clock.now))
            #expect(try await setting.factors.check(setting.codes[0].text, of: other, at: setting.clock.now) == .notSet)
            #expect(try await setting.check(setting.codes[0].text) == .accepted)
        }
    }

    @Test func `the secret is sealed for its owner and with the master key`() async throws {
        try await with { (setting: inout Setting) async throws in
            let row = try await setting.fixture.query("SELECT sealed_secret FROM accounts.second_factors")
            let sealed = try #require(row[0].bytes(0))
            #expect(!Hexadecimal.encode(sealed).contains(Hexadecimal.encode(setting.secret)))
            let stranger = SecondFactors(
                database: setting.fixture.database,
                master: try #require(SealingKey([UInt8](repeating: 2, count: 32))))
            #expect(try await stranger.check(setting.code(), of: setting.user, at: setting.clock.now) == .unreadable)
        }
    }
}
