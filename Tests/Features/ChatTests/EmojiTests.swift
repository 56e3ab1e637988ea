import Testing

@testable import Chat

@Suite struct `What one may react with` {
    @Test(arguments: ["👍", "👍🏽", "❤️", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "🇸🇰", "1️⃣", "©️", "👩🏽‍🤝‍👨🏿"])
    func `is one emoji`(text: String) {
        #expect(Emoji(text)?.rawValue == text)
    }

    @Test(arguments: ["", "a", "1", "#", "©", "👍👍", "👍a", "字", "\u{202E}", "a\u{FE0F}", "👍\u{301}", "e\u{20E3}"])
    func `is no other text`(text: String) {
        #expect(Emoji(text) == nil)
    }

    @Test func `is not made long by what is joined to it`() {
        #expect(Emoji("👩" + String(repeating: "\u{200D}👩", count: 12)) == nil)
    }
}
