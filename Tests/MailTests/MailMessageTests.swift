import Model
import Testing

@testable import Mail

@Suite struct `A mail` {
    private static func message(
        name: String = "Ada", subject: String = "Hello", text: String = "Hi\n", html: String? = nil
    ) throws -> MailMessage {
        MailMessage(
            from: try #require(Mailbox("Presence Hub <hub@example.test>")),
            to: Mailbox(name: name, address: try #require(MailAddress("ada@example.test"))), subject: subject,
            text: text, html: html, id: UniqueID(high: 1, low: 2), date: Timestamp(milliseconds: 1_764_108_021_999))
    }

    private static func text(_ message: MailMessage) -> String { String(decoding: message.encoded(), as: UTF8.self) }

    @Test func `has the fields a mail needs, and says that a machine wrote it`() throws {
        #expect(
            try Self.text(Self.message()) == """
                Date: Tue, 25 Nov 2025 22:00:21 +0000\r
                From: Presence Hub <hub@example.test>\r
                To: Ada <ada@example.test>\r
                Message-ID: <00000000-0000-0001-0000-000000000002@example.test>\r
                Subject: Hello\r
                Auto-Submitted: auto-generated\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r
                Hi\r

                """)
    }

    @Test func `offers a plain text and the same as HTML`() throws {
        let text = try Self.text(Self.message(text: "plain", html: "<p>rich</p>"))
        let parts = text.split(separator: "--=_00000000-0000-0001-0000-000000000002", omittingEmptySubsequences: false)
        #expect(parts.count == 4)
        #expect(parts[0].contains("Content-Type: multipart/alternative;"))
        #expect(parts[1].hasSuffix("\r\n\r\nplain\r\n"))
        #expect(parts[2].contains("Content-Type: text/html; charset=utf-8\r\n"))
        #expect(parts[2].hasSuffix("\r\n\r\n<p>rich</p>\r\n"))
        #expect(parts[3] == "--\r\n")
    }

    /// Names and subjects that would add a field, end the header or name another recipient.
    private static let hostile = [
        "Ada\r\nBcc: eve@example.test", "Ada\nBcc: eve@example.test", "Ada\rBcc: eve@example.test",
        "Ada\r\n\r\n<h1>", "Ada\u{0}\u{B}\u{C}\u{85}Bcc: eve@example.test", "Ada\u{2028}Bcc: eve@example.test",
        "Ada\" <eve@example.test>, \"x", "Ada\\\" <eve@example.test>", "<eve@example.test>", "a@b, eve@example.test",
        "=?UTF-8?Q?=0D=0ABcc:_eve@example.test?=", "Äda\r\nBcc: eve@example.test",
        String(repeating: "😀\r\nBcc: x\r\n", count: 50), String(repeating: "x", count: 1000), "\r\n", "",
    ]

    @Test(arguments: hostile)
    func `has no other field and no other recipient, whatever a name or a subject holds`(value: String) throws {
        let text = try Self.text(Self.message(name: value, subject: value))
        let header = text.components("\r\n\r\n")[0]
        let lines = header.components("\r\n")
        // A line begins a field, or goes on with one after a space.
        let names = lines.filter { !$0.hasPrefix(" ") }.map { $0.components(":")[0] }
        #expect(
            names == [
                "Date", "From", "To", "Message-ID", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type",
                "Content-Transfer-Encoding",
            ])
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } && $0.utf8.count <= 78 })
        let to = lines.drop { !$0.hasPrefix("To:") }.prefix { $0.hasPrefix("To:") || $0.hasPrefix(" ") }.joined()
        #expect(to.hasSuffix("<ada@example.test>"))
        // What stands before the address is atoms, one quoted string or encoded words.
        let name = to.dropFirst(3).dropLast("<ada@example.test>".count)
        let atoms = #/( [A-Za-z0-9!#$%&'*+\-\/?^_`{|}~]+)* /#
        let quoted = #/ "([^"\\]|\\.)*" /#
        let encoded = #/( =\?UTF-8\?B\?[A-Za-z0-9+\/=]+\?=)+ /#
        #expect([atoms.contains(name), quoted.contains(name), encoded.contains(name)].contains(true))
    }

    @Test func `gives a name beyond ASCII in words of which each is whole`() throws {
        let name = String(repeating: "Žofia 😀 ", count: 12)
        let words = MailHeader.phrase(name)
        #expect(words.count > 1)
        #expect(words.allSatisfy { $0.utf8.count <= 75 && $0.hasPrefix("=?UTF-8?B?") && $0.hasSuffix("?=") })
    }

    @Test(arguments: [
        ("", ""), ("a", "a\r\n"), ("a\nb", "a\r\nb\r\n"), ("a\r\nb\r\n", "a\r\nb\r\n"), ("a\rb", "a\r\nb\r\n"),
        ("a \nb\t", "a=20\r\nb=09\r\n"), ("1=2", "1=3D2\r\n"), ("é", "=C3=A9\r\n"), ("a\u{0}", "a=00\r\n"),
        (".", ".\r\n"), ("\n\n", "\r\n\r\n"),
    ])
    func `writes its text as quoted-printable`(text: String, encoded: String) {
        #expect(String(decoding: QuotedPrintable.encode(text), as: UTF8.self) == encoded)
    }

    @Test func `has no line longer than a relay may take`() {
        for text in [String(repeating: "x", count: 10_000), String(repeating: "é", count: 3000)] {
            let lines = String(decoding: QuotedPrintable.encode(text), as: UTF8.self).components("\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 76 })
            #expect(lines.dropLast().dropLast().allSatisfy { $0.hasSuffix("=") })
        }
    }
}

extension Regex {
    /// Whether it matches the whole text.
    fileprivate func contains(_ text: Substring) -> Bool { (try? wholeMatch(in: text)) != nil }
}

extension StringProtocol {
    fileprivate func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map { String($0) }
    }
}
