import Testing

@testable import Accounts

@Suite struct `E-mail addresses` {
    @Test(arguments: [
        ("ann@example.com", "ann@example.com"), ("  Ann@Example.COM\n", "ann@example.com"),
        ("\u{FF21}nn@example.com", "ann@example.com"), ("a.b+c@mail.example.co.uk", "a.b+c@mail.example.co.uk"),
        ("jos\u{E9}@example.com", "jos\u{E9}@example.com"), ("jose\u{301}@example.com", "jos\u{E9}@example.com"),
        ("JOS\u{C9}@example.com", "jos\u{E9}@example.com"),
        ("stra\u{DF}e@b\u{FC}cher.example", "strasse@b\u{FC}cher.example"),
        ("用户@例子.公司", "用户@例子.公司"), ("\u{212A}im@example.com", "kim@example.com"),
        ("o'neil_%x@a-b.example", "o'neil_%x@a-b.example"), ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
    ])
    func `an address and its key`(typed: String, key: String) throws {
        let address = try #require(EmailAddress(typed))
        #expect(Array(address.key.unicodeScalars) == Array(key.unicodeScalars))
        #expect(EmailAddress(address.key)?.key == address.key, "folded once and for all")
    }

    @Test func `it is kept as it was typed`() {
        #expect(EmailAddress(" Ann@Example.com ")?.text == "Ann@Example.com")
    }

    @Test(arguments: [
        "", "@", "a@", "@b.c", "a@b", "a@b.", "a@.b", "a@b..c", "a@@b.c", "a@b@c.d", ".a@b.c", "a.@b.c", "a..b@c.d",
        "a b@c.d",
        "a@b c.d", "\"a b\"@c.d", "a@[127.0.0.1]", "a@127.0.0.1", "a@-b.c", "a@b-.c", "a\u{0}@b.c", "a\n@b.c",
        "a@b.c\r\nBcc: x@y.z",
        "a<b>@c.d", "a\u{202E}@b.c", "a\u{200B}b@c.d", "a\u{AD}b@c.d", "\u{FB01}sh@example.com",
        "a@ex\u{2024}ample.com", "a,b@c.d", "a;b@c.d",
        "a@b.c/d", "a@b_c.d", "a(b)@c.d", "\u{24D0}nn@example.com",
    ])
    func `what is no address`(typed: String) {
        #expect(EmailAddress(typed) == nil)
    }

    @Test func `64 bytes before the at sign and 254 in all`() {
        let domain = Array(repeating: String(repeating: "d", count: 61), count: 3).joined(separator: ".") + ".de"
        let local = String(repeating: "a", count: 64)
        #expect(EmailAddress(local + "@" + domain)?.text.utf8.count == 64 + 1 + 188)
        #expect(EmailAddress(local + "a@example.com") == nil)
        #expect(EmailAddress(local + "@" + domain + "xx") == nil)
        #expect(EmailAddress(String(repeating: "a", count: 1 << 20) + "@b.c") == nil)
    }
}

@Suite struct `Usernames` {
    @Test(arguments: ["ann", "Ann.Lee", "a_b", "a-1", "007", String(repeating: "x", count: 30)])
    func `a name and its key`(text: String) throws {
        let name = try #require(Username(text))
        #expect(name.text == text)
        #expect(name.key == text.lowercased())
    }

    @Test(arguments: [
        "", "ab", String(repeating: "x", count: 31), "a b", " ann", "ann ", "änn", "аnn", "ann\u{0}", "_ann", "ann.",
        "a@b", "a/b",
        "-ann", "\u{FF41}nn", "an\u{200B}n", "ann\n", "...",
    ])
    func `what is no name`(text: String) {
        #expect(Username(text) == nil)
    }
}

@Suite struct `Display names` {
    @Test(arguments: [
        ("Ann", "Ann"), ("  Ann Lee ", "Ann Lee"), ("Jose\u{301}", "Jos\u{E9}"), ("山田 太郎", "山田 太郎"), ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("❤️", "❤️"), ("علی‌رضا", "علی‌رضا"), (String(repeating: "x", count: 50), String(repeating: "x", count: 50)),
    ])
    func `a name as others see it`(typed: String, shown: String) throws {
        let name = try #require(DisplayName(typed))
        #expect(Array(name.text.unicodeScalars) == Array(shown.unicodeScalars))
    }

    @Test(arguments: [
        "", "   ", "\u{200D}", "\u{FE0F}\u{200D}", String(repeating: "x", count: 51), "a\nb", "a\u{0}b", "a\u{7}",
        "a\u{202E}b", "a\u{2066}b",
        "a\u{200E}b", "a\u{200B}b", "a\u{2028}b", "\u{E000}", "\u{3164}", "a\u{E0041}",
        String(repeating: "x", count: 1 << 20),
    ])
    func `what is no name`(typed: String) {
        #expect(DisplayName(typed) == nil)
    }
}
