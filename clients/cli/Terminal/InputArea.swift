import TerminalText

/// The lowest lines of a terminal, where somebody writes while messages appear above: what is drawn, and how it is taken
/// away again. A value: it returns what the terminal is to be sent.
///
/// The area has a status line, if there is one, and the line that is written, which moves sideways when it is too long.
/// Neither is ever wider than the terminal, so the rows it takes are known even after the terminal was made narrower.
struct InputArea: Hashable, Sendable {
    /// What the area shows.
    struct Content: Hashable, Sendable {
        var status = ""
        var prompt = "> "
        var characters: [Character] = []
        var cursor = 0
    }

    /// The columns of each row on the screen, from above; nothing while the area is not drawn.
    private var drawn: [Int] = []
    /// The row the cursor is in, counted from the first of ``drawn``, and its column.
    private var cursorColumn = 0

    var isDrawn: Bool { !drawn.isEmpty }

    /// Takes the area away, prints `lines` where it was and draws it again below them.
    ///
    /// - Parameters:
    ///   - lines: Harmless text without ends of lines.
    ///   - columns: The terminal's width now.
    mutating func print(_ lines: [String], content: Content, columns: Int, isColoured: Bool) -> String {
        let gone = erase(columns: columns)
        return gone + lines.map { $0 + "\r\n" }.joined() + draw(content, columns: columns, isColoured: isColoured)
    }

    /// Takes the area away; the cursor is where its first column was.
    mutating func erase(columns: Int) -> String {
        guard isDrawn else { return "" }
        // A terminal that became narrower has broken rows that were wider.
        let rows = drawn.dropLast().reduce(0) { $0 + InputArea.rows(of: $1, columns: columns) }
        let up = rows + (columns > 0 ? cursorColumn / columns : 0)
        drawn = []
        return (up > 0 ? "\u{1b}[\(up)A" : "") + "\r\u{1b}[J"
    }

    private static func rows(of width: Int, columns: Int) -> Int {
        columns > 0 ? max(1, (width + columns - 1) / columns) : 1
    }

    private mutating func draw(_ content: Content, columns: Int, isColoured: Bool) -> String {
        // The last column stays empty: a terminal may or may not go on in the next row after it.
        let width = max(4, columns - 1)
        var text = ""
        if !content.status.isEmpty {
            let status = InputArea.cut(content.status, to: width)
            text += Style.dim.applied(to: status, isColoured: isColoured) + "\r\n"
            drawn.append(DisplayWidth.of(status))
        }
        let prompt = InputArea.cut(content.prompt, to: max(2, width / 2))
        let (shown, column) = InputArea.window(
            content.characters, cursor: content.cursor, width: width - DisplayWidth.of(prompt))
        let line = prompt + shown
        cursorColumn = DisplayWidth.of(prompt) + column
        drawn.append(DisplayWidth.of(line))
        text += line + "\r"
        if cursorColumn > 0 { text += "\u{1b}[\(cursorColumn)C" }
        return text
    }

    /// The part of a line around the cursor that fits into `width` columns, and the cursor's column in it.
    static func window(_ characters: [Character], cursor: Int, width: Int) -> (text: String, column: Int) {
        let cells = characters.map(cell)
        let widths = cells.map { DisplayWidth.of($0) }
        // The cursor has a column of its own at the end.
        var start = 0
        var before = widths[..<cursor].reduce(0, +)
        while before > max(0, width - 1), start < cursor {
            // By halves, so that the text does not move with every key.
            let target = max(1, width / 2)
            while before > target, start < cursor {
                before -= widths[start]
                start += 1
            }
        }
        var text = ""
        var used = 0
        for index in start..<cells.count {
            guard used + widths[index] <= width else { break }
            text += cells[index]
            used += widths[index]
        }
        return (text, before)
    }

    /// A character as it is shown while it is written: an end of a line as `↵`, what has no width as a dot.
    static func cell(_ character: Character) -> String {
        if character == "\n" { return "↵" }
        let plain = PlainText.line(String(character))
        return DisplayWidth.of(plain) == 0 || plain.isEmpty ? "·" : plain
    }

    private static func cut(_ text: String, to width: Int) -> String {
        DisplayWidth.of(text) <= width ? text : DisplayWidth.fitted(text, to: width)
    }
}
