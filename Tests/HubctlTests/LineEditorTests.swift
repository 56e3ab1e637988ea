import Testing

@testable import hubctl

@Suite struct `A line that is being written` {
    private func editor(_ text: String, _ keys: Key...) -> LineEditor {
        var editor = LineEditor()
        _ = editor.take(.text(text))
        for key in keys { _ = editor.take(key) }
        return editor
    }

    @Test(
        arguments: [
            ([.left, .backspace], "hello word", 9), ([.home, .delete], "ello world", 0), ([.control("w")], "hello ", 6),
            ([.wordLeft, .control("k")], "hello ", 6), ([.wordLeft, .control("u")], "world", 0),
            ([.control("a"), .wordRight], "hello world", 5), ([.control("a"), .left, .left], "hello world", 0),
            ([.control("u"), .text("x"), .control("y")], "xhello world", 12), ([.end, .right], "hello world", 11),
            ([.control("a"), .control("d")], "ello world", 0),
        ] as [([Key], String, Int)])
    func `is changed by keys`(keys: [Key], text: String, cursor: Int) {
        var editor = editor("hello world")
        for key in keys { expect(editor.take(key), is: .edited) }
        #expect(editor.text == text)
        #expect(editor.cursor == cursor)
    }

    @Test func `consists of characters as people see them`() {
        var editor = editor("👩‍👧e\u{301}猫")
        #expect(editor.characters.count == 3)
        _ = editor.take(.left)
        _ = editor.take(.backspace)
        #expect(editor.text == "👩‍👧猫")
        // A mark that is typed after its letter joins it.
        var marked = self.editor("e")
        _ = marked.take(.text("\u{301}"))
        #expect(marked.characters.count == 1)
        #expect(marked.cursor == 1)
    }

    @Test func `is entered, remembered, and found again with the arrows`() {
        var editor = editor("one")
        expect(editor.take(.enter), is: .entered("one"))
        _ = editor.take(.text("two"))
        expect(editor.take(.enter), is: .entered("two"))
        _ = editor.take(.text("draft"))
        _ = editor.take(.up)
        #expect(editor.text == "two")
        _ = editor.take(.up)
        _ = editor.take(.up)
        #expect(editor.text == "one")
        _ = editor.take(.down)
        _ = editor.take(.down)
        #expect(editor.text == "draft")
    }

    @Test func `is given up by Ctrl-C, and the input ends by Ctrl-D on an empty one`() {
        var editor = editor("x")
        expect(editor.take(.control("c")), is: .interrupted(hadText: true))
        expect(editor.take(.control("c")), is: .interrupted(hadText: false))
        expect(editor.take(.control("d")), is: .ended)
        expect(editor.take(.control("z")), is: .unused(.control("z")))
    }

    @Test func `has a bound`() {
        var editor = editor(String(repeating: "x", count: LineEditor.longest))
        _ = editor.take(.text("y"))
        _ = editor.take(.paste("zzz"))
        #expect(editor.characters.count == LineEditor.longest)
        #expect(!editor.text.contains("y"))
    }
}
