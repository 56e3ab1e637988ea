import Model
import TerminalText

/// A map of the members in a terminal, as lines of text: trails in dots, and every member a mark with the name.
struct WatchMap: Hashable, Sendable {
    private struct Cell: Hashable, Sendable {
        /// Empty behind a character of two columns.
        var text: String
        var style: Style
    }

    private struct Entry: Hashable, Sendable {
        var device: DeviceID
        var member: WatchModel.Member
    }

    private let entries: [Entry]
    private let trails: MemberTrails

    init(_ members: [(device: DeviceID, member: WatchModel.Member)], _ trails: MemberTrails) {
        entries = members.map { Entry(device: $0.device, member: $0.member) }
        self.trails = trails
    }

    /// Exactly `height` lines of exactly `width` columns.
    func lines(width: Int, height: Int, isColoured: Bool) -> [String] {
        guard width > 0, height > 0 else { return [] }
        var canvas = BrailleCanvas(columns: width, rows: height)
        let places = entries.compactMap { entry in
            entry.member.fix.flatMap { Coordinate(latitude: $0.latitude, longitude: $0.longitude) }.map { (entry, $0) }
        }
        guard let frame = MapFrame(places.map(\.1), width: canvas.width, height: canvas.height) else {
            let blank = String(repeating: " ", count: width)
            return [DisplayWidth.fitted("no position is known yet", to: width)]
                + Array(repeating: blank, count: height - 1)
        }
        for (entry, _) in places {
            let dots = trails.trail(of: entry.device).map(frame.dot)
            for (one, next) in zip(dots, dots.dropFirst()) { canvas.draw(from: one, to: next) }
        }
        var cells = (0..<height).map { row in
            (0..<width).map { column in
                Cell(text: canvas.character(column: column, row: row).map(String.init) ?? " ", style: .dim)
            }
        }
        var isTaken = Array(repeating: Array(repeating: false, count: width), count: height)
        let bar = frame.bar(upTo: canvas.width / 4)
        let scale = String(repeating: "─", count: max(1, bar.dots / 2)) + " " + bar.label
        WatchMap.write(scale, at: (0, height - 1), .dim, &cells, &isTaken)
        // Marks first, so that no name is in the place of a member.
        var marks: [(column: Int, row: Int, entry: Entry)] = []
        for (entry, place) in places {
            let dot = frame.dot(of: place)
            let (column, row) = (min(max(0, dot.x / 2), width - 1), min(max(0, dot.y / 4), height - 1))
            cells[row][column] = Cell(text: "●", style: WatchMap.style(entry.member))
            isTaken[row][column] = true
            marks.append((column, row, entry))
        }
        for mark in marks {
            let name = mark.entry.member.name
            let length = DisplayWidth.of(name)
            // On the right, or, where that is taken or the edge, on the left, or nowhere.
            for start in [mark.column + 1, mark.column - length] where start >= 0 && start + length <= width {
                guard !isTaken[mark.row][start..<start + length].contains(true) else { continue }
                WatchMap.write(name, at: (start, mark.row), WatchMap.style(mark.entry.member), &cells, &isTaken)
                break
            }
        }
        return cells.map { WatchMap.line($0, isColoured) }
    }

    private static func style(_ member: WatchModel.Member) -> Style {
        switch member.presence.status {
        case .online: .green
        case .away: .yellow
        case .busy: .red
        case .invisible, .offline: .dim
        }
    }

    /// As much of a text as the line has room for.
    private static func write(
        _ text: String, at place: (column: Int, row: Int), _ style: Style, _ cells: inout [[Cell]],
        _ isTaken: inout [[Bool]]
    ) {
        var column = place.column
        for character in text {
            let width = DisplayWidth.of(character)
            guard width > 0 else {
                // A mark belongs to the character before it.
                if column > place.column { cells[place.row][column - 1].text.append(character) }
                continue
            }
            guard column + width <= cells[place.row].count else { return }
            cells[place.row][column] = Cell(text: String(character), style: style)
            if width == 2 { cells[place.row][column + 1] = Cell(text: "", style: style) }
            for taken in column..<column + width { isTaken[place.row][taken] = true }
            column += width
        }
    }

    /// Characters of one style are written together.
    private static func line(_ cells: [Cell], _ isColoured: Bool) -> String {
        var line = ""
        var rest = cells[...]
        while let first = rest.first {
            let run = rest.prefix { $0.style == first.style }
            line += first.style.applied(to: run.map(\.text).joined(), isColoured: isColoured)
            rest = rest.dropFirst(run.count)
        }
        return line
    }
}
