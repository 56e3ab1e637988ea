import Testing

@testable import Mail

@Suite struct `A mail address` {
    @Test(arguments: [
        "a@b", "ada.lovelace+hub@example.test", "o'brien@example.test", "jörg@exämple.test", "!#$%@example.test",
    ])
    func `is taken if it names one mailbox`(text: String) {
        #expect(MailAddress(text)?.text == text)
    }

    @Test(arguments: [
        "", "@", "a@", "@b", "a", "a@b@c", "a b@c", "a@b c", "a@b\r\n", "a\r\nRCPT TO:<eve@example.test>@b", "a@b>",
        "<a@b>", "a,b@c", "a@b,c@d", "a;b@c", "\"a\"@b", "a\\@b", "a(b)@c", "a@b\0", ".a@b", "a.@b", "a..b@c", "a@.b",
        "a@b..c", "a@-b", "a\u{200B}@b", "a\u{202E}@b", "a\u{A0}@b", "a\u{2028}@b", "a\u{85}@b", "a@[127.0.0.1]",
        String(repeating: "a", count: 65) + "@b", "a@" + String(repeating: "b", count: 250),
    ])
    func `is refused if it could be more than one, or end a line`(text: String) {
        #expect(MailAddress(text) == nil)
    }

    @Test func `of a sender may have a name`() {
        #expect(Mailbox("Presence Hub <hub@example.test>")?.name == "Presence Hub")
        #expect(Mailbox("\"Hub, the\" <hub@example.test>")?.name == "Hub, the")
        #expect(Mailbox("hub@example.test")?.name == "")
        for text in ["Hub <hub>", "Hub", "Hub\r\n <hub@example.test>", "<>", "Hub <a@b> <c@d> x", ""] {
            #expect(Mailbox(text) == nil)
        }
    }
}
