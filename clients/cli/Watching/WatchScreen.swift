import Model
import TerminalText

/// The watcher's screen, as lines of text: a function of what is known, the time and the terminal.
struct WatchScreen: Hashable, Sendable {
    enum Link: Hashable, Sendable {
        case connecting
        case live
        /// Not connected; why.
        case lost(String)
    }

    static let layout = TableLayout(columns: [
        TableLayout.Column(title: "NAME", minimum: 8, stretches: true), TableLayout.Column(title: "STATUS"),
        TableLayout.Column(title: "SEEN", alignsRight: true), TableLayout.Column(title: "PLACE"),
        TableLayout.Column(title: "SPEED", alignsRight: true), TableLayout.Column(title: "BATTERY", alignsRight: true),
    ])

    var model: WatchModel
    var link: Link
    var messages: Int
    /// Whether a map stands above the table, where there is room.
    var showsMap = false
    var trails = MemberTrails()

    /// Lines that a map needs to be one.
    private static let smallestMap = 5

    /// - Parameter now: Our clock; ages are told by the hub's.
    func lines(size: Terminal.Size, now: Timestamp, isColoured: Bool) -> [String] {
        let hubTime = now.advanced(by: model.clockOffset)
        let table = model.sorted.map { WatchScreen.cells($0.member, now: hubTime) }
        var lines = [heading(size.columns, isColoured)]
        if size.rows > 2 { lines.append("") }
        // The table takes a third, or less if it needs less; its heading is a line.
        let room = size.rows - lines.count
        let mapHeight = room - min(table.count + 1, room / 3)
        if showsMap, mapHeight >= WatchScreen.smallestMap {
            lines += WatchMap(model.sorted, trails).lines(
                width: size.columns, height: mapHeight, isColoured: isColoured)
        }
        lines += WatchScreen.layout.lines(
            table, width: size.columns, height: max(0, size.rows - lines.count), isColoured: isColoured)
        return Array(lines.prefix(size.rows))
    }

    private func heading(_ width: Int, _ isColoured: Bool) -> String {
        let online = model.members.values.count { $0.presence.status != .offline }
        let count = "\(online) of \(model.members.count) online"
        let (text, style): (String, Style) =
            switch link {
            case .connecting: ("connecting", .yellow)
            case .live: ("live", .green)
            case .lost(let reason): ("reconnecting: \(reason)", .red)
            }
        let left = "\(model.group)  \(count)  "
        let room = max(0, width - DisplayWidth.of(left))
        return Style.bold.applied(
            to: DisplayWidth.fitted(left, to: min(width, DisplayWidth.of(left))), isColoured: isColoured)
            + style.applied(to: DisplayWidth.fitted(text, to: min(room, DisplayWidth.of(text))), isColoured: isColoured)
    }

    static func cells(_ member: WatchModel.Member, now: Timestamp) -> [TableLayout.Cell] {
        let seen = member.fix?.capturedAt ?? member.presence.lastSeenAt
        let isOffline = member.presence.status == .offline
        let style: Style =
            switch member.presence.status {
            case .online: .green
            case .away: .yellow
            case .busy: .red
            case .invisible, .offline: .dim
            }
        let rest: Style = isOffline ? .dim : .plain
        let battery = member.fix?.batteryLevel
        let status = member.presence.status.rawValue + (member.presence.note.map { " (\(PlainText.line($0)))" } ?? "")
        return [
            TableLayout.Cell(text: member.name, style: rest),
            TableLayout.Cell(
                text: DisplayWidth.of(status) > 24 ? member.presence.status.rawValue : status, style: style),
            TableLayout.Cell(text: Quantity.age(seen.duration(to: now)), style: rest),
            TableLayout.Cell(
                text: member.fix.map { PlaceText.text(latitude: $0.latitude, longitude: $0.longitude) } ?? "-",
                style: rest),
            TableLayout.Cell(text: isOffline ? "-" : speed(member.speed), style: rest),
            TableLayout.Cell(
                text: battery.map { "\($0)%" } ?? "-",
                style: battery.map { $0 < 15 && !isOffline } == true ? .red : rest),
        ]
    }

    private static func speed(_ metresPerSecond: Double?) -> String {
        guard let metresPerSecond else { return "-" }
        return Quantity.decimal(metresPerSecond * 3.6, 1) + " km/h"
    }

    /// A change as a line, where there is no terminal to redraw.
    static func line(_ member: WatchModel.Member, now: Timestamp) -> String {
        cells(member, now: now).map(\.text).joined(separator: "  ")
    }
}
