import TerminalText

@testable import hubctl

/// What a terminal shows after it was sent text: enough of one to tell whether what was drawn is what is seen. Knows CR, LF,
/// moving up and right, erasing below and to the end of a line, and wraps as terminals do.
struct TerminalModel {
    let columns: Int
    private(set) var rows: [[String]] = [[]]
    private(set) var row = 0
    private(set) var column = 0

    init(columns: Int) { self.columns = columns }

    var lines: [String] {
        rows.map { cells in
            var text = cells.joined()
            while text.last == " " { text.removeLast() }
            return text
        }
    }

    mutating func take(_ text: String) {
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "\r\n":
                column = 0
                down()
            case "\r": column = 0
            case "\n": down()
            case "\u{1b}": sequence(&rest)
            default: put(character)
            }
        }
    }

    private mutating func down() {
        row += 1
        if row == rows.count { rows.append([]) }
    }

    private mutating func sequence(_ rest: inout Substring) {
        guard rest.popFirst() == "[" else { return }
        var number = ""
        while let next = rest.popFirst() {
            guard next.isASCII, next.isLetter else {
                number.append(next)
                continue
            }
            switch next {
            case "A": row = max(0, row - (Int(number) ?? 1))
            case "C": column = min(columns - 1, column + (Int(number) ?? 1))
            case "J":
                rows[row] = Array(rows[row].prefix(column))
                rows.removeLast(rows.count - row - 1)
            case "K": rows[row] = Array(rows[row].prefix(column))
            default: break
            }
            return
        }
    }

    /// A wide character takes its cell and an empty one.
    private mutating func put(_ character: Character) {
        let width = DisplayWidth.of(character)
        if column + width > columns {
            column = 0
            down()
        }
        while rows[row].count < column + width { rows[row].append(" ") }
        rows[row][column] = String(character)
        if width == 2 { rows[row][column + 1] = "" }
        column += width
    }
}
