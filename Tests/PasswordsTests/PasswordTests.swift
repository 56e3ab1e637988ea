import Passwords
import Testing

@Suite struct `What a password may be` {
    @Test(arguments: [
        "OldPass123", "NewSecure!456", "MyPassword123", "correct horse battery staple", "пароль-и-ещё", "密碼密碼密碼密碼啊",
        "🐙🦑🐠🐳🐬🦈🐟🦀", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "        x", "ünïcödé!",
    ])
    func `what nobody guesses is taken`(text: String) throws {
        _ = try Password(chosen: text, identities: ["ann@example.com", "ann"])
    }

    @Test(arguments: ["", "a", "1234567", "Pass123", "ééééééé"])
    func `fewer than eight characters are too few`(text: String) {
        #expect(throws: PasswordFault.tooShort) { try Password(chosen: text) }
    }

    @Test func `letters are counted as composed`() {
        // Seven letters in fourteen scalars.
        #expect(throws: PasswordFault.tooShort) { try Password(chosen: String(repeating: "e\u{301}", count: 7)) }
    }

    @Test func `128 characters are taken and 129 are not`() throws {
        let text = String((0..<128).map { Character(UnicodeScalar(UInt8(33 + $0 * 7 % 90))) })
        _ = try Password(chosen: text)
        #expect(throws: PasswordFault.tooLong) { try Password(chosen: text + "x") }
        #expect(Password(typed: text + "x") == nil)
    }

    @Test func `1,025 bytes are refused before they are looked at`() {
        let text = String(repeating: "e" + String(repeating: "\u{301}", count: 7), count: 70)
        #expect(text.utf8.count == 1_050)
        #expect(throws: PasswordFault.tooLong) { try Password(chosen: text) }
        #expect(Password(typed: String(repeating: "x", count: 1 << 20)) == nil)
    }

    @Test(arguments: [
        "\u{0}", "\n", "\u{7F}", "\u{85}", "\u{202E}", "\u{2066}", "\u{200B}", "\u{FEFF}", "\u{E000}", "\u{FFFF}",
        "\u{AD}",
    ])
    func `control and invisible characters are refused`(character: String) {
        #expect(throws: PasswordFault.character) { try Password(chosen: "tr0mbone" + character + "Xy") }
        #expect(Password(typed: "tr0mbone" + character + "Xy") == nil)
    }

    @Test(arguments: [
        "password", "Password1", "P@ssw0rd!", "PASSWORD123", "12345678", "87654321", "aaaaaaaa", "12341234",
        "abcabcabc",
        "qwertyuiop", "1qaz2wsx", "asdfghjkl", "abcd1234", "iloveyou", "letmein1!", "welcome2024", "Sommer2024",
        "dragon99!!",
        "sunshine", "football1", "passwordpassword", "monkeydragon", "adm1n1strat0r", "qwertz1234",
    ])
    func `what is guessed first is refused`(text: String) {
        #expect(throws: PasswordFault.common) { try Password(chosen: text) }
    }

    @Test(arguments: ["annabelle.lee@example.com", "annabelle.lee", "Annabelle.Lee", "annabelle.lee2024!"])
    func `one's own name or address is refused`(text: String) {
        #expect(throws: PasswordFault.identity) {
            try Password(chosen: text, identities: ["Annabelle.Lee@example.com", "other"])
        }
    }

    @Test func `a password shows itself nowhere`() throws {
        let password = try Password(chosen: "zebra-crossing-7")
        var dumped = ""
        dump(password, to: &dumped)
        for shown in ["\(password)", String(reflecting: password), dumped] { #expect(!shown.contains("zebra")) }
    }
}
