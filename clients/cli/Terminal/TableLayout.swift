import TerminalText

/// Lays out a table for a width, as lines of text; reads no terminal and no clock.
struct TableLayout: Hashable, Sendable {
    struct Column: Hashable, Sendable {
        var title: String
        var alignsRight = false
        /// The narrowest it may become; a column that has to go below that is left out, the last ones first.
        var minimum = 4
        /// How much of the width that is left over it asks for: 0 keeps to what its cells need.
        var stretches = false
    }

    struct Cell: Hashable, Sendable {
        var text: String
        var style = Style.plain
    }

    var columns: [Column]

    /// The lines, each exactly `width` columns wide or less; the header first. Rows that do not fit into `height`
    /// lines are told of in the last one.
    func lines(_ rows: [[Cell]], width: Int, height: Int, isColoured: Bool) -> [String] {
        guard height > 0 else { return [] }
        let widths = fit(rows, to: width)
        var lines = [line(columns.map { Cell(text: $0.title, style: .bold) }, widths, isColoured)]
        let room = height - 1
        let shown = rows.count <= room ? rows.count : max(0, room - 1)
        lines += rows.prefix(shown).map { line($0, widths, isColoured) }
        if shown < rows.count, room > 0 {
            lines.append(
                Style.dim.applied(
                    to: DisplayWidth.fitted("… \(rows.count - shown) more", to: width), isColoured: isColoured))
        }
        return lines
    }

    private static let gap = 2

    /// The width of each column that has room, 0 for those left out.
    private func fit(_ rows: [[Cell]], to width: Int) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(DisplayWidth.of(columns[index].title)) { max($0, DisplayWidth.of($1[index].text)) }
        }
        func total() -> Int {
            let shown = widths.filter { $0 > 0 }
            return shown.reduce(0, +) + max(0, shown.count - 1) * TableLayout.gap
        }
        // What stretches gives way first, then columns go, the last one first.
        for index in columns.indices where columns[index].stretches && total() > width {
            widths[index] = max(columns[index].minimum, widths[index] - (total() - width))
        }
        for index in columns.indices.reversed() where index > 0 && total() > width { widths[index] = 0 }
        if total() > width { widths[0] = max(0, width) }
        return widths
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ isColoured: Bool) -> String {
        let shown = columns.indices.filter { widths[$0] > 0 }
        return shown.map { index in
            let text = DisplayWidth.fitted(
                cells[index].text, to: widths[index], alignRight: columns[index].alignsRight)
            return cells[index].style.applied(to: text, isColoured: isColoured)
        }.joined(separator: String(repeating: " ", count: TableLayout.gap))
    }
}
