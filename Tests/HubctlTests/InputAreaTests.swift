import TerminalText
import Testing

@testable import hubctl

@Suite struct `The area somebody writes in` {
    private func content(_ text: String, cursor: Int? = nil, status: String = "") -> InputArea.Content {
        InputArea.Content(
            status: status, prompt: "> ", characters: Array(text), cursor: cursor ?? text.count)
    }

    @Test func `stays below what is printed`() {
        var area = InputArea()
        var terminal = TerminalModel(columns: 40)
        terminal.take(area.print([], content: content("hel"), columns: 40, isColoured: false))
        terminal.take(area.print(["one", "two"], content: content("hello"), columns: 40, isColoured: false))
        terminal.take(
            area.print(
                ["three"], content: content("hello", cursor: 2, status: "Ada is typing …"), columns: 40,
                isColoured: false))
        #expect(terminal.lines == ["one", "two", "three", "Ada is typing …", "> hello"])
        #expect(terminal.column == 4)
        terminal.take(area.print(["four"], content: content("hello"), columns: 40, isColoured: false))
        #expect(terminal.lines == ["one", "two", "three", "four", "> hello"])
        terminal.take(area.erase(columns: 40))
        #expect(terminal.lines == ["one", "two", "three", "four", ""])
    }

    @Test func `what is printed may be wider than the terminal`() {
        var area = InputArea()
        var terminal = TerminalModel(columns: 10)
        for _ in 0..<3 {
            terminal.take(
                area.print(
                    [String(repeating: "m", count: 25)], content: content("hi"), columns: 10, isColoured: false))
        }
        #expect(terminal.lines.count(where: { $0.hasPrefix("> ") }) == 1)
        #expect(terminal.lines.joined().count(where: { $0 == "m" }) == 75)
    }

    @Test(arguments: [0, 5, 9, 10, 30, 60])
    func `a long line moves sideways, and its cursor is seen`(cursor: Int) {
        var area = InputArea()
        var terminal = TerminalModel(columns: 20)
        let text = String((0..<60).map { Character(UnicodeScalar(UInt8(65 + $0 % 26))) })
        terminal.take(area.print([], content: content(text, cursor: cursor), columns: 20, isColoured: false))
        #expect(terminal.lines.count == 1)
        #expect(terminal.column >= 2 && terminal.column < 20)
        let under = Array(terminal.lines[0])
        if cursor < 60 { #expect(under[terminal.column] == Array(text)[cursor]) }
    }

    @Test func `wide characters take two columns`() {
        let window = InputArea.window(Array("猫猫猫猫"), cursor: 4, width: 6)
        #expect(window.column == DisplayWidth.of(window.text))
        #expect(window.column < 6)
        #expect(InputArea.window(Array("猫a"), cursor: 1, width: 10).column == 2)
    }

    @Test(arguments: [9, 13, 20, 39])
    func `nothing of it is left when the terminal became narrower`(narrow: Int) {
        var area = InputArea()
        let wide = content(String(repeating: "w", count: 30), status: String(repeating: "s", count: 35))
        let first = area.print(["kept"], content: wide, columns: 40, isColoured: false)
        // A terminal that becomes narrower breaks its lines as it would have broken them at once.
        var terminal = TerminalModel(columns: narrow)
        terminal.take(first.replacing("\u{1b}[32C", with: ""))
        var reflowed = TerminalModel(columns: narrow)
        reflowed.take("kept\r\n" + String(repeating: "s", count: 35) + "\r\n> " + String(repeating: "w", count: 30))
        reflowed.take(area.print(["more"], content: content("x"), columns: narrow, isColoured: false))
        #expect(reflowed.lines == ["kept", "more", "> x"])
    }

    @Test func `what is written is shown as text`() {
        #expect(InputArea.cell("\n") == "↵")
        #expect(InputArea.cell("\u{202e}") != "\u{202e}")
        #expect(InputArea.cell("a") == "a")
    }
}
