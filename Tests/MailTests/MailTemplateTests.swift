import Testing

@testable import Mail

@Suite struct `A template of a mail` {
    private static let places: Set<String> = ["name", "link"]

    @Test func `is filled once: a value is never looked at for places`() throws {
        let template = try MailTemplate("Hello {{name}}, see {{ link }}.", places: Self.places)
        #expect(template.filled(with: ["name": "Ada", "link": "x"]) == "Hello Ada, see x.")
        #expect(template.filled(with: ["name": "{{link}}", "link": "x"]) == "Hello {{link}}, see x.")
        #expect(template.filled(with: [:]) == "Hello , see .")
    }

    @Test func `lets no value become HTML`() throws {
        let template = try MailTemplate("<a href=\"{{link}}\">{{name}}</a>", places: Self.places)
        let filled = template.filled(
            with: ["name": "<script>alert('x')</script>&", "link": "\" onclick=\"x"], escaping: .html)
        #expect(
            filled == "<a href=\"&quot; onclick=&quot;x\">&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</a>")
    }

    @Test func `is refused if it has a place that nobody fills, or one without an end`() {
        #expect(throws: MailTemplateError.unknownPlace("password")) {
            try MailTemplate("{{password}}", places: Self.places)
        }
        #expect(throws: MailTemplateError.unclosed) { try MailTemplate("{{name", places: Self.places) }
        #expect(throws: Never.self) { try MailTemplate("} { }} {x}", places: Self.places) }
    }
}
