import Model
import TerminalText

/// The screen of `admin top`, as lines of text: a function of the hub's last two answers and the terminal.
struct TopScreen {
    let sort: String
    private var sessions: [AdminObject] = []
    private var total = 0
    private var now: Timestamp?
    private var before: [String: Counts] = [:]
    private var elapsed = 0.0

    private struct Counts {
        var messagesIn: Int
        var messagesOut: Int
        var bytesIn: Int
        var bytesOut: Int

        init(_ session: AdminObject) {
            messagesIn = session.integer("messagesIn")
            messagesOut = session.integer("messagesOut")
            bytesIn = session.integer("bytesIn")
            bytesOut = session.integer("bytesOut")
        }
    }

    static let layout = TableLayout(columns: [
        TableLayout.Column(title: "SESSION"), TableLayout.Column(title: "GROUP", minimum: 8, stretches: true),
        TableLayout.Column(title: "QUEUED", alignsRight: true),
        TableLayout.Column(title: "MSG IN/S", alignsRight: true),
        TableLayout.Column(title: "MSG OUT/S", alignsRight: true), TableLayout.Column(title: "IN/S", alignsRight: true),
        TableLayout.Column(title: "OUT/S", alignsRight: true), TableLayout.Column(title: "LOOP", alignsRight: true),
        TableLayout.Column(title: "AGE", alignsRight: true), TableLayout.Column(title: "ADDRESS"),
        TableLayout.Column(title: "DEVICE"),
    ])

    init(sort: String) { self.sort = sort }

    /// Takes an answer of the hub.
    mutating func learn(_ answer: AdminObject, at moment: Timestamp) {
        elapsed = now.map { Double(moment.milliseconds - $0.milliseconds) / 1000 } ?? 0
        now = moment
        before = Dictionary(sessions.map { ($0.text("sessionId"), Counts($0)) }, uniquingKeysWith: { $1 })
        sessions = answer.objects("sessions")
        total = answer.integer("total")
    }

    func lines(size: Terminal.Size, isColoured: Bool) -> [String] {
        let heading = "\(total) sessions, by \(sort)"
        var lines = [
            Style.bold.applied(
                to: DisplayWidth.fitted(heading, to: min(size.columns, DisplayWidth.of(heading))),
                isColoured: isColoured)
        ]
        if size.rows > 2 { lines.append("") }
        lines += TopScreen.layout.lines(
            sessions.map(cells), width: size.columns, height: max(0, size.rows - lines.count), isColoured: isColoured)
        return Array(lines.prefix(size.rows))
    }

    private func cells(_ session: AdminObject) -> [TableLayout.Cell] {
        let id = session.text("sessionId")
        let opened = TimeText.timestamp(session.text("openedAt"))
        let age = opened.flatMap { opened in now.map { Quantity.age(opened.duration(to: $0)) } }
        let queued = session.integer("queuedBytes")
        return [
            TableLayout.Cell(text: id), TableLayout.Cell(text: TopScreen.orDash(session.text("groupId"))),
            TableLayout.Cell(text: Quantity.short(queued), style: queued > 0 ? .yellow : .plain),
            TableLayout.Cell(text: rate(session, "messagesIn", \.messagesIn)),
            TableLayout.Cell(text: rate(session, "messagesOut", \.messagesOut)),
            TableLayout.Cell(text: rate(session, "bytesIn", \.bytesIn)),
            TableLayout.Cell(text: rate(session, "bytesOut", \.bytesOut)),
            TableLayout.Cell(text: session.text("loop")), TableLayout.Cell(text: age ?? "-"),
            TableLayout.Cell(text: TopScreen.orDash(session.text("address"))),
            TableLayout.Cell(text: TopScreen.orDash(session.text("deviceId"))),
        ]
    }

    /// A second's worth of a counter: since the last look if the session was seen then, or else since it was opened.
    private func rate(_ session: AdminObject, _ name: String, _ count: KeyPath<Counts, Int>) -> String {
        let perSecond: Double
        if elapsed > 0, let known = before[session.text("sessionId")] {
            // Counters of messages begin anew after four thousand million.
            perSecond = Double(max(0, session.integer(name) - known[keyPath: count])) / elapsed
        } else {
            perSecond = session.number(name + "PerSecond")
        }
        return perSecond < 100 ? Quantity.decimal(perSecond, 1) : Quantity.short(Int(perSecond))
    }

    private static func orDash(_ text: String) -> String { text.isEmpty ? "-" : PlainText.line(text) }
}
