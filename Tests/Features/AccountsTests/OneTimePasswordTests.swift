import Model
import Testing

@testable import Accounts

@Suite struct `One-time passwords` {
    private let secret = Array("12345678901234567890".utf8)

    /// RFC 6238, appendix B.
    @Test(arguments: [
        (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ])
    func `codes are RFC 6238's`(seconds: Int64, code: String) {
        let step = OneTimePassword.step(at: Timestamp(milliseconds: seconds * 1_000))
        #expect(OneTimePassword.code(of: secret, step: step, digits: 8) == code)
        #expect(OneTimePassword.code(of: secret, step: step) == String(code.suffix(6)))
    }

    /// RFC 4226, appendix D.
    @Test func `codes are RFC 4226's`() {
        let codes = (0..<10).map { OneTimePassword.code(of: secret, step: Int64($0)) }
        #expect(
            codes == [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
            ])
    }

    @Test func `one step before and one after are taken, and no other`() {
        let now = Timestamp(milliseconds: 1_790_000_015_000)
        let current = OneTimePassword.step(at: now)
        for offset in Int64(-3)...3 {
            let code = OneTimePassword.code(of: secret, step: current + offset)
            let found = OneTimePassword.step(of: code, secret: secret, at: now, after: nil)
            #expect(found == (abs(offset) <= 1 ? current + offset : nil))
        }
    }

    @Test func `a step that was taken is taken no more, nor one before it`() {
        let now = Timestamp(milliseconds: 1_790_000_015_000)
        let current = OneTimePassword.step(at: now)
        for offset in Int64(-1)...1 {
            let code = OneTimePassword.code(of: secret, step: current + offset)
            let found = OneTimePassword.step(of: code, secret: secret, at: now, after: current)
            #expect(found == (offset > 0 ? current + offset : nil))
        }
    }

    @Test(arguments: ["", "12345", "1234567", "abcdef", "７５５２２４", " 755224", "755224\n", "-55224"])
    func `what is no code is of no step`(code: String) {
        #expect(OneTimePassword.step(of: code, secret: secret, at: Timestamp(milliseconds: 0), after: nil) == nil)
    }

    @Test func `the address for an app holds all it needs`() {
        #expect(
            OneTimePassword.uri(secret: secret, account: "ann", issuer: "My Hub:1")
                == "otpauth://totp/My%20Hub%3A1:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%20Hub%3A1"
                + "&algorithm=SHA1&digits=6&period=30")
    }

    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI"),
    ])
    func `base32 is RFC 4648's without padding`(text: String, encoded: String) {
        #expect(Base32.encode(Array(text.utf8)) == encoded)
    }

    @Test func `a recovery code is taken however it is typed`() throws {
        let code = RecoveryCode.generate()
        let user = UserID(UniqueID(high: 1, low: 2))
        #expect(code.text.wholeMatch(of: /([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}/) != nil)
        for typed in [
            code.text.lowercased(), code.text.replacing("-", with: ""), code.text.replacing("0", with: "o"),
            " " + code.text.replacing("1", with: "l"),
        ] {
            #expect(RecoveryCode(typed)?.hash(for: user) == code.hash(for: user))
        }
        #expect(code.hash(for: UserID(UniqueID(high: 1, low: 3))) != code.hash(for: user))
        for typed in [
            "", "123456", code.text + "0", String(code.text.dropLast()), "UUUU-UUUU-UUUU-UUUU", "ÄÄÄÄ-0000-0000-0000",
        ] {
            #expect(RecoveryCode(typed) == nil)
        }
        #expect(Set((0..<100).map { _ in RecoveryCode.generate().text }).count == 100)
    }
}
